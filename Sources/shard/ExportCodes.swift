import ArgumentParser
import Files
import Shards
import Weights

extension CodeFolder.Layout: ExpressibleByArgument {}

/// `shard export codes`.
struct ExportCodes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes",
    abstract: "Write token shards as a code folder that RandAR or LlamaGen trains on.",
    discussion: """
      What 'shard import codes' reads, of 64-bit integers: randar is \
      <class index>/<dataset index>.npy, llamagen <name>_codes/<dataset index>.npy and \
      <name>_labels/<dataset index>.npy. The dataset index is the sample id divided by the number of \
      augmentations.

      EXAMPLE:
        shard export codes work/imagenet256/tokens/train --layout randar --augmentations 2 \
      --out imagenet-llamagen-adm-256_codes
      """)

  @Argument(help: "A token shard, or a folder of them.") var path: String
  @Option(help: "The folder to write; it must not be there yet.") var out: String
  @Option(help: "Whose layout: randar or llamagen.") var layout: CodeFolder.Layout
  @Option(
    help: "Samples of each image (default: what the first shard says; older ones of augmented images do not)."
  ) var augmentations: Int?
  @Option(help: "What LlamaGen's folders are called before _codes and _labels.") var name = "imagenet256"

  func validate() throws {
    if let augmentations, !(1...TokenTable.mostViews).contains(augmentations) {
      throw ValidationError("--augmentations must be between 1 and 1,000.")
    }
    if name.isEmpty || name.contains("/") { throw ValidationError("--name is a name without slashes.") }
  }

  func run() throws {
    try runWorkbench {
      let shards = isFolder(path) ? try ShardName.list(path, kind: .tokens) : [path]
      let views = try augmentations ?? shards.first.map { try TokenTable(reading: $0).views } ?? 1
      let writer = try CodeFolderWriter(out, layout: layout, augmentations: views, name: name)
      for shard in shards { try writer.append(try TokenTable(reading: shard), from: shard) }
      try writer.publish()
      print("\(out)  \(grouped(writer.count)) images")
    }
  }
}
