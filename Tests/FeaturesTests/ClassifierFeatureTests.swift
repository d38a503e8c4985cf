import Features
import Images
import Models
import Shards
import TestSupport
import Testing
import Weights

/// The features of a classifier as those of any other network.
@Suite struct ClassifierFeatureTests {
  private let folder: TemporaryFolder
  private let classifier: ImageClassifier

  init() throws {
    folder = try TemporaryFolder()
    classifier = ImageClassifier(
      configuration: ImageClassifierConfiguration(
        imageSize: 6, imageChannels: 1, classes: 2, channels: 3, multipliers: [1, 2], residualBlocks: 1,
        groups: 3))
    classifier.initialise(seed: 5)
    _ = try ClassifierFile(classifier: classifier, classNames: ["a", "b"]).table()
      .write(
        to: folder.file("c.shard"),
        provenance: Provenance(stage: "test", algorithm: 1, configID: "c", seed: 1))
  }

  private func load(_ layer: String) throws -> any FeatureNetwork {
    try FeatureNetworkKind.classifier.load(
      folder.file("c.shard"), named: "--weights", layers: [layer], pipeline: .cleanFID)
  }

  @Test func `images come to its size and channels, and features are what its last layer reads`() throws {
    let network = try load("classifier-6")
    #expect(network.space.layers.map(\.name) == ["classifier-6"])
    #expect(network.space.resize == "pil-bicubic-6-bytes" && network.space.dimension == 6)
    let grey = Image(width: 6, height: 6, channels: 1, pixels: (0..<36).map { UInt8($0 * 7) })
    let colour = Image(width: 9, height: 9, channels: 3, pixels: (0..<243).map { UInt8($0) })
    let small = colour.resampled(width: 6, height: 6, filter: .bicubic).converted(channels: 1)
    let found = network.layers(of: [grey, colour])[0]
    #expect(found == classifier.answers(to: grey.pixels + small.pixels).features)
    #expect(found.count == 12 && Set(found).count > 6)
  }

  @Test func `a layer of another width, and a name that is none, are refused`() throws {
    #expect(FeatureNetworkKind(ofLayers: ["classifier-64"]) == .classifier)
    #expect(FeatureNetworkKind(ofLayers: ["classifier-x"]) == nil)
    #expect(FeatureNetworkKind(ofLayers: ["classifier-64", "lite0-1280"]) == nil)
    do { _ = try load("classifier-7") } catch {
      #expect("\(error)".contains("has the features classifier-6, expected classifier-7"), "\(error)")
      return
    }
    Issue.record("a layer of another width was taken")
  }
}
