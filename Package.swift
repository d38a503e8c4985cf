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
  // Optional: imported only by builds with the traits OneDNN and JPEG.
  .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
  .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
]

let libraries: [Target] = [
  .target(name: "CKernels", cSettings: optimised),
  .target(name: "CHeap"),
  .target(name: "Randomness"),
  .target(
    name: "Kernels",
    dependencies: [
      "COpenBLAS", "CKernels", "CHeap", .target(name: "CDNNL", condition: .when(traits: ["OneDNN"])),
    ]),
  .target(name: "Layers", dependencies: ["CKernels", "Randomness", "Kernels"]),
  .target(name: "Models", dependencies: ["CKernels", "Randomness", "Kernels", "Layers"]),
  .target(name: "Orders", dependencies: ["Randomness", "Kernels", "Models"]),
  .target(name: "Generation", dependencies: ["Randomness", "Kernels", "Layers", "Models", "Orders"]),
  .target(
    name: "Training",
    dependencies: ["CKernels", "Randomness", "Kernels", "Layers", "Models", "Orders"]),
  .target(name: "Shards", dependencies: ["CZstd"]),
  .target(name: "Checkpoints", dependencies: ["CZlib", "Kernels", "Layers", "Models", "Shards"]),
  .target(
    name: "Images",
    dependencies: [
      "CPNG", "CZlib", "Randomness", "Shards",
      .target(name: "CTurboJPEG", condition: .when(traits: ["JPEG"])),
    ]),
  .target(name: "Metrics", dependencies: ["COpenBLAS", "Randomness", "Kernels"]),
  .target(
    name: "Features",
    dependencies: ["CKernels", "Kernels", "Shards", "Checkpoints", "Images", "Metrics"]),
  .target(name: "Reporting", dependencies: ["Images", "Metrics"]),
  .target(
    name: "StageKit",
    dependencies: [
      "Shards",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Logging", package: "swift-log"),
    ]),
]

// Where the engine meets the stages: threads, folders of tokens, training runs that can be stopped and continued.
let modelStages: [Target] = [
  .target(
    name: "ModelStages",
    dependencies: ["CHeap", "Kernels", "Models", "Training", "Shards", "Checkpoints", "Images", "StageKit"])
]

// What is measured of samples and models, and the pages that show it.
let scores: [Target] = [
  .target(
    name: "Comparison",
    dependencies: [
      "Randomness", "Kernels", "Models", "Orders", "Training", "Shards", "Checkpoints", "Metrics", "Features",
      "StageKit", "ModelStages",
    ]),
  .target(
    name: "RunReport",
    dependencies: [
      "Orders", "Shards", "Images", "Metrics", "Features", "Reporting", "StageKit", "ModelStages",
      "Comparison",
    ]),
]

let stages: [Target] = [
  .executableTarget(
    name: "tokenize",
    dependencies: [
      "Kernels", "Layers", "Models", "Training", "Shards", "Checkpoints", "Images", "StageKit",
      "ModelStages",
    ]),
  .executableTarget(
    name: "train-anyorder",
    dependencies: ["Kernels", "Models", "Training", "Shards", "Checkpoints", "StageKit", "ModelStages"]),
  .executableTarget(
    name: "extract-orders",
    dependencies: ["Kernels", "Models", "Orders", "Shards", "Checkpoints", "StageKit", "ModelStages"]),
  .executableTarget(
    name: "distill",
    dependencies: ["Training", "Shards", "Checkpoints", "StageKit", "ModelStages"]),
  .executableTarget(
    name: "sample",
    dependencies: [
      "Models", "Orders", "Generation", "Shards", "Checkpoints", "Images", "StageKit", "ModelStages",
    ]),
  .executableTarget(
    name: "score",
    dependencies: [
      "Shards", "Checkpoints", "Images", "Metrics", "Features", "Reporting", "StageKit", "ModelStages",
      "Comparison", "RunReport",
    ]),
  .executableTarget(
    name: "shard",
    dependencies: [
      "Randomness", "Kernels", "Models", "Orders", "Training", "Shards", "Checkpoints", "Images", "Metrics",
      "Features", "StageKit", "ModelStages",
    ]),
  .executableTarget(
    name: "fuzz",
    dependencies: [
      "CZlib", "Randomness", "Shards", "Checkpoints", "Images",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "benchmark",
    dependencies: [
      "CHeap", "Randomness", "Kernels", "Models", "Orders", "Generation", "Training", "Shards", "Images",
      "Features", "Reporting", "StageKit",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

let tests: [Target] = [
  .target(
    name: "TestSupport",
    dependencies: ["Randomness", "Kernels", "Models", "Checkpoints"], path: "Tests/TestSupport"),
  .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
  .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"]),
  .testTarget(
    name: "LayersTests",
    dependencies: ["CKernels", "Randomness", "Kernels", "Layers", "TestSupport"]),
  .testTarget(
    name: "ModelsTests",
    dependencies: ["Randomness", "Kernels", "Layers", "Models", "TestSupport"]),
  .testTarget(
    name: "OrdersTests", dependencies: ["Randomness", "Kernels", "Models", "Orders", "TestSupport"]),
  .testTarget(
    name: "GenerationTests",
    dependencies: ["Randomness", "Kernels", "Models", "Orders", "Generation", "TestSupport"]),
  .testTarget(
    name: "TrainingTests",
    dependencies: ["Randomness", "Kernels", "Layers", "Models", "Training", "TestSupport"]),
  .testTarget(name: "ShardsTests", dependencies: ["Shards", "TestSupport"]),
  .testTarget(
    name: "CheckpointsTests",
    dependencies: ["Kernels", "Layers", "Models", "Shards", "Checkpoints", "TestSupport"]),
  .testTarget(name: "ImagesTests", dependencies: ["Shards", "Images", "TestSupport"]),
  .testTarget(
    name: "MetricsTests",
    dependencies: ["Randomness", "Kernels", "Metrics", "TestSupport"]),
  .testTarget(
    name: "FeaturesTests",
    dependencies: ["Kernels", "Images", "Features", "TestSupport"]),
  .testTarget(name: "ReportingTests", dependencies: ["Images", "Metrics", "Reporting", "TestSupport"]),
  .testTarget(name: "StageKitTests", dependencies: ["Shards", "StageKit", "TestSupport"]),
  .testTarget(
    name: "ModelStagesTests",
    dependencies: [
      "Models", "Shards", "Checkpoints", "Images", "StageKit", "ModelStages", "TestSupport",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .testTarget(
    name: "StageTests",
    dependencies: ["Kernels", "Shards", "Checkpoints", "Images", "Randomness", "TestSupport"]),
]

let package = Package(
  name: "OrderedAR",
  traits: [
    .trait(name: "OneDNN", description: "Products in bfloat16 through oneDNN (libdnnl-dev)."),
    .trait(name: "JPEG", description: "JPEG files through libjpeg-turbo (libturbojpeg0-dev)."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: systemLibraries + libraries + modelStages + scores + stages + tests,
  swiftLanguageModes: [.v6]
)
