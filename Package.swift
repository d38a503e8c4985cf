// swift-tools-version: 6.1
import PackageDescription

// The architecture, bottom to top: a target may depend only on targets above it in this file.
// A stage imports libraries and never another stage; the shard file is the only contract between stages.

let optimised: [CSetting] = [.unsafeFlags(["-O3"])]

let systemLibraries: [Target] = [
  .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  // Optional: imported only by builds with the trait OneDNN.
  .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
]

let libraries: [Target] = [
  .target(name: "CKernels", cSettings: optimised),
  .target(name: "CHeap"),
  .target(name: "Randomness"),
  .target(
    name: "Kernels",
    dependencies: ["COpenBLAS", "CKernels", .target(name: "CDNNL", condition: .when(traits: ["OneDNN"]))]),
  .target(name: "Layers", dependencies: ["Kernels", "Randomness", "CKernels"]),
  .target(name: "Models", dependencies: ["Layers", "CKernels"]),
  .target(name: "Orders", dependencies: ["Models", "Randomness"]),
  .target(name: "Training", dependencies: ["Models", "Orders", "CKernels"]),
  .target(name: "Shards", dependencies: ["CZstd"]),
  .target(name: "Checkpoints", dependencies: ["Shards", "Models", "CZlib"]),
  .target(name: "Images", dependencies: ["CPNG", "CZlib", "Randomness"]),
  .target(name: "Metrics", dependencies: ["Kernels", "COpenBLAS", "CKernels", "Randomness", "Images"]),
  .target(name: "Reporting", dependencies: ["Images"]),
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
  .target(name: "ModelStages", dependencies: ["StageKit", "Training", "Checkpoints", "Images", "CHeap"])
]

let stages: [Target] = [
  .executableTarget(name: "tokenize", dependencies: ["ModelStages", "Images"]),
  .executableTarget(name: "train-anyorder", dependencies: ["ModelStages"]),
  .executableTarget(name: "extract-orders", dependencies: ["ModelStages"]),
  .executableTarget(name: "distill", dependencies: ["ModelStages"]),
  .executableTarget(name: "sample", dependencies: ["ModelStages", "Images"]),
  .executableTarget(name: "score", dependencies: ["ModelStages", "Images", "Metrics", "Reporting"]),
  .executableTarget(name: "shard", dependencies: ["ModelStages", "Images", "Metrics"]),
  .executableTarget(
    name: "fuzz",
    dependencies: [
      "Checkpoints", "Images", "Randomness", "CZlib",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "benchmark",
    dependencies: [
      "Training", "Metrics", "Shards", "Reporting", "StageKit", "CHeap",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

let tests: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["Models", "Checkpoints", "Randomness"], path: "Tests/TestSupport"),
  .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
  .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"]),
  .testTarget(name: "LayersTests", dependencies: ["Layers", "CKernels", "TestSupport"]),
  .testTarget(name: "ModelsTests", dependencies: ["Models", "TestSupport"]),
  .testTarget(name: "OrdersTests", dependencies: ["Orders", "TestSupport"]),
  .testTarget(name: "TrainingTests", dependencies: ["Training", "TestSupport"]),
  .testTarget(name: "ShardsTests", dependencies: ["Shards", "TestSupport"]),
  .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "TestSupport"]),
  .testTarget(name: "ImagesTests", dependencies: ["Images", "TestSupport"]),
  .testTarget(name: "MetricsTests", dependencies: ["Metrics", "TestSupport"]),
  .testTarget(name: "ReportingTests", dependencies: ["Reporting", "TestSupport"]),
  .testTarget(name: "StageKitTests", dependencies: ["StageKit", "TestSupport"]),
  .testTarget(
    name: "StageTests",
    dependencies: ["Kernels", "Shards", "Checkpoints", "Images", "Randomness", "TestSupport"]),
]

let package = Package(
  name: "OrderedAR",
  traits: [.trait(name: "OneDNN", description: "Products in bfloat16 through oneDNN (libdnnl-dev).")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: systemLibraries + libraries + modelStages + stages + tests,
  swiftLanguageModes: [.v6]
)
