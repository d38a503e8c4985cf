import ArgumentParser
import Sampling
import Shards
import StageKit

/// `sample pictures`: PNG files of samples that are there already.
struct PicturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pictures",
    abstract: "Writes the images of finished sample shards as PNG files.",
    discussion: """
      The same files as with --png when the shards were made: of generated images
      each image, a grid of all, and the grid with orders; of completed ones
      original, mask, result and order. Needs no model and leaves the shards alone.

      EXAMPLE:
        sample pictures work/smoke/samples/distill-greedy --png pictures

      \(StageExit.help)
      """)

  @Argument(help: "Sample shards, or folders of them.")
  var samples: [String]
  @Option(help: "Folder to write the images to as PNG files.")
  var png: String
  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage(SampleStage.name, options) { stage in
      let paths = try samples.flatMap { path in
        path.hasSuffix(".shard") ? [path] : try ShardName.list(path, kind: .samples)
      }
      for path in paths {
        try StopRequest.check()
        if options.dryRun {
          stage.log.info(.note, "would write the images of \(path) into \(png)", ["path": path])
          continue
        }
        let table = try SampleTable(reading: path)
        if table.edit == nil {
          try SamplePictures(table: table).write(to: png, log: stage.log)
        } else {
          try EditPictures(table: table).write(to: png, log: stage.log)
        }
      }
    }
  }
}
