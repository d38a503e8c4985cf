// swift-tools-version: 6.1
import PackageDescription

// The architecture, bottom to top: a target may depend only on targets above it in this file.
// A stage imports libraries and never another stage; the shard file is the only contract between stages.
// A target names every target that its sources import: the package manager compiles anew only what is said to depend.

let optimised: [CSetting] = [.unsafeFlags(["-O3"])]

let systemLibraries: [Target] = [
  .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  // Optional: imported only by builds with the traits OneDNN, JPEG and MPI.
  .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
  .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
  .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
]

let libraries: [Target] = [
  .target(name: "CKernels", cSettings: optimised),
  .target(name: "CHeap"),
  .target(name: "Files"),
  .target(name: "Shards", dependencies: ["CZstd", "Files"]),
  .target(name: "Formats", dependencies: ["CZlib", "Files", "Shards"]),
  .target(name: "Text", dependencies: ["Files", "Shards"]),
  .target(name: "Randomness"),
  .target(
    name: "Kernels",
    dependencies: [
      "COpenBLAS", "CKernels", "CHeap", .target(name: "CDNNL", condition: .when(traits: ["OneDNN"])),
    ]),
  .target(
    name: "Communication",
    dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
  .target(name: "Layers", dependencies: ["CKernels", "Randomness", "Kernels"]),
  .target(name: "Models", dependencies: ["CKernels", "Randomness", "Kernels", "Layers"]),
  .target(name: "Orders", dependencies: ["Randomness", "Kernels", "Layers", "Models"]),
  .target(name: "Generation", dependencies: ["Randomness", "Kernels", "Layers", "Models", "Orders"]),
  .target(
    name: "Training",
    dependencies: ["CKernels", "Randomness", "Kernels", "Communication", "Layers", "Models", "Orders"]),
  .target(
    name: "Weights", dependencies: ["Kernels", "Layers", "Models", "Files", "Formats", "Shards"]),
  .target(
    name: "Images",
    dependencies: [
      "CPNG", "Files", "Formats", "Randomness",
      .target(name: "CTurboJPEG", condition: .when(traits: ["JPEG"])),
    ]),
  .target(name: "Metrics", dependencies: ["COpenBLAS", "Randomness", "Kernels"]),
  .target(
    name: "Features",
    dependencies: [
      "CKernels", "Kernels", "Layers", "Models", "Files", "Formats", "Shards", "Weights", "Images", "Metrics",
    ]),
  .target(name: "Reporting", dependencies: ["Images", "Metrics"]),
  .target(
    name: "StageKit",
    dependencies: [
      "Files", "Shards", "Communication",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Logging", package: "swift-log"),
    ]),
  .target(
    name: "Inspection",
    dependencies: [
      "Files", "Models", "Orders", "Shards", "Text", "Images", "Metrics", "StageKit",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

// Where the engine meets the stages: threads, folders of tokens, training runs that can be stopped and continued.
let engineStages: [Target] = [
  .target(
    name: "EngineKit",
    dependencies: [
      "CHeap", "Files", "Randomness", "Kernels", "Communication", "Layers", "Models", "Orders", "Generation",
      "Training", "Formats", "Shards", "Weights", "Images", "StageKit",
    ]),
  .target(
    name: "Sampling",
    dependencies: [
      "Files", "Models", "Orders", "Generation", "Shards", "Weights", "Images", "Text", "StageKit",
      "EngineKit",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

// What is measured of samples and models, and the pages that show it.
let scores: [Target] = [
  .target(
    name: "Comparison",
    dependencies: [
      "Randomness", "Kernels", "Models", "Orders", "Training", "Files", "Formats", "Shards", "Weights",
      "Images",
      "Metrics", "Features", "StageKit", "EngineKit",
    ]),
  .target(
    name: "RunReport",
    dependencies: [
      "Orders", "Files", "Shards", "Images", "Metrics", "Features", "Reporting", "StageKit", "EngineKit",
      "Comparison",
    ]),
]

let stages: [Target] = [
  .executableTarget(
    name: "tokenize",
    dependencies: [
      "Files", "Kernels", "Models", "Training", "Shards", "Text", "Weights", "Images", "Features", "StageKit",
      "EngineKit",
    ]),
  .executableTarget(
    name: "train-anyorder",
    dependencies: ["Kernels", "Models", "Training", "Shards", "Weights", "StageKit", "EngineKit"]),
  .executableTarget(
    name: "extract-orders",
    dependencies: ["Kernels", "Models", "Orders", "Shards", "Weights", "StageKit", "EngineKit"]),
  .executableTarget(
    name: "distill",
    dependencies: ["Training", "Shards", "Weights", "StageKit", "EngineKit"]),
  .executableTarget(
    name: "sample",
    dependencies: [
      "Files", "Models", "Generation", "Shards", "StageKit", "EngineKit", "Sampling",
    ]),
  .executableTarget(
    name: "score",
    dependencies: [
      "Randomness", "Kernels", "Models", "Orders", "Training", "Files", "Formats", "Shards", "Weights",
      "Images",
      "Features", "Reporting", "StageKit", "EngineKit", "Comparison", "RunReport",
    ]),
  .executableTarget(
    name: "shard",
    dependencies: [
      "Randomness", "Kernels", "Models", "Orders", "Training", "Files", "Formats", "Shards", "Text",
      "Weights", "Images", "Features", "StageKit", "Inspection", "EngineKit",
    ]),
  .executableTarget(
    name: "fuzz",
    dependencies: [
      "CZlib", "Randomness", "Files", "Formats", "Shards", "Text", "Weights", "Images",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "benchmark",
    dependencies: [
      "CHeap", "Files", "Randomness", "Kernels", "Models", "Orders", "Generation", "Training", "Shards",
      "Images", "Features", "Reporting", "StageKit",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

let tests: [Target] = [
  .target(
    name: "TestSupport",
    dependencies: ["Randomness", "Kernels", "Communication", "Layers", "Models"], path: "Tests/TestSupport"),
  .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
  .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
  .testTarget(
    name: "LayersTests",
    dependencies: ["CKernels", "Randomness", "Kernels", "Layers", "TestSupport"]),
  .testTarget(
    name: "ModelsTests",
    dependencies: ["Randomness", "Kernels", "Layers", "Models", "TestSupport"]),
  .testTarget(
    name: "OrdersTests", dependencies: ["Randomness", "Kernels", "Layers", "Models", "Orders", "TestSupport"]),
  .testTarget(
    name: "GenerationTests",
    dependencies: ["Randomness", "Kernels", "Layers", "Models", "Orders", "Generation", "TestSupport"]),
  .testTarget(
    name: "TrainingTests",
    dependencies: [
      "Randomness", "Kernels", "Communication", "Layers", "Models", "Orders", "Training", "TestSupport",
    ]),
  .testTarget(name: "CommunicationTests", dependencies: ["Communication", "TestSupport"]),
  .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
  .testTarget(name: "FormatsTests", dependencies: ["Files", "Shards", "Formats", "TestSupport"]),
  .testTarget(name: "ShardsTests", dependencies: ["Files", "Shards", "TestSupport"]),
  .testTarget(name: "TextTests", dependencies: ["Shards", "Text", "TestSupport"]),
  .testTarget(
    name: "WeightsTests",
    dependencies: ["Kernels", "Layers", "Models", "Files", "Formats", "Shards", "Weights", "TestSupport"]),
  .testTarget(name: "ImagesTests", dependencies: ["Files", "Formats", "Shards", "Images", "TestSupport"]),
  .testTarget(
    name: "MetricsTests",
    dependencies: ["Randomness", "Kernels", "Metrics", "TestSupport"]),
  .testTarget(
    name: "FeaturesTests",
    dependencies: ["Kernels", "Models", "Shards", "Weights", "Images", "Features", "TestSupport"]),
  .testTarget(name: "ReportingTests", dependencies: ["Images", "Metrics", "Reporting"]),
  .testTarget(name: "StageKitTests", dependencies: ["Files", "Shards", "StageKit", "TestSupport"]),
  .testTarget(name: "InspectionTests", dependencies: ["Shards", "Inspection", "TestSupport"]),
  .testTarget(
    name: "EngineKitTests",
    dependencies: [
      "Files", "Models", "Orders", "Training", "Shards", "Weights", "Images", "StageKit", "EngineKit",
      "TestSupport",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .testTarget(name: "SamplingTests", dependencies: ["Files", "Sampling"]),
  .testTarget(
    name: "ComparisonTests",
    dependencies: [
      "Randomness", "Kernels", "Models", "Training", "Files", "Shards", "Weights", "Images", "Features",
      "Comparison", "TestSupport",
    ]),
  .testTarget(
    name: "RunReportTests",
    dependencies: ["Files", "Shards", "Images", "Comparison", "RunReport", "TestSupport"]),
  .testTarget(
    name: "StageTests",
    dependencies: [
      "Files", "Formats", "Randomness", "Kernels", "Models", "Orders", "Shards", "Text", "Weights",
      "Images", "TestSupport",
    ]),
]

let package = Package(
  name: "OrderedAR",
  traits: [
    .trait(name: "OneDNN", description: "Products in bfloat16 through oneDNN (libdnnl-dev)."),
    .trait(name: "JPEG", description: "JPEG files through libjpeg-turbo (libturbojpeg0-dev)."),
    .trait(name: "MPI", description: "Training on several processes through MPI (libopenmpi-dev)."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: systemLibraries + libraries + engineStages + scores + stages + tests,
  swiftLanguageModes: [.v6]
)
