import ArgumentParser
import Kernels
import StageKit

/// The works and their sizes.
struct WorkOptions: ParsableArguments {
  @OptionGroup var model: RandomModelOptions
  @Option(help: "Images of a training step.") var batch = 64
  @Option(help: "Images decoded together.") var images = 16
  @Option(help: "Images through the tokenizer and the feature network.") var pictures = 64

  func validate() throws {
    try requireOption(batch, in: 1...65_536, "--batch")
    try requireOption(images, in: 1...65_536, "--images")
    try requireOption(pictures, in: 1...65_536, "--pictures")
  }

  /// Every work, in the order of the table.
  func works(precisions: [Precision]) throws -> [Work] {
    let transformer = TransformerWorks(
      model: RandomModel(try model.configuration()), batch: batch, images: images, precisions: precisions)
    return transformer.all + VisionWorks(images: pictures).all
  }

  /// The same works on a command line.
  var arguments: [String] {
    model.arguments + ["--batch", "\(batch)", "--images", "\(images)", "--pictures", "\(pictures)"]
  }
}
