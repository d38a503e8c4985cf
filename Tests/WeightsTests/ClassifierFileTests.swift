import Files
import Models
import Shards
import TestSupport
import Testing
import Weights

@Suite struct ClassifierFileTests {
  private let configuration = ImageClassifierConfiguration(
    imageSize: 8, imageChannels: 3, classes: 2, channels: 4, multipliers: [1, 2], residualBlocks: 1, groups: 2
  )
  private let provenance = Provenance(stage: "test", algorithm: 1, configID: "c", seed: 1)

  @Test func `a classifier comes back from its shard with sizes, weights, names and facts`() throws {
    let folder = try TemporaryFolder()
    let classifier = ImageClassifier(configuration: configuration)
    classifier.initialise(seed: 3)
    let path = folder.file("model.shard")
    let contentID = try ClassifierFile(classifier: classifier, classNames: ["bag", "boot"])
      .table(facts: ["steps": 7]).write(to: path, provenance: provenance)
    let file = try ClassifierFile(reading: path)
    #expect(file.contentID == contentID && file.classNames == ["bag", "boot"])
    #expect(file.classifier.configuration == configuration)
    let images = (0..<192 * 5).map { UInt8($0 * 7 % 256) }
    #expect(file.classifier.answers(to: images).logits == classifier.answers(to: images).logits)
    let table = try WeightsTable(reading: path)
    #expect(table.facts["steps"]?.int == 7 && table.model["type"]?.string == "image-classifier")
    try table.checkTrainable(path: path)
  }

  @Test func `another model, other tensors and names that are missing are refused`() throws {
    let folder = try TemporaryFolder()
    let table = try ClassifierFile(
      classifier: ImageClassifier(configuration: configuration), classNames: ["bag", "boot"]
    ).table()
    func message(
      _ model: [String: JSONValue] = [:], facts: [String: JSONValue]? = nil, without tensor: String = ""
    ) throws -> String {
      let path = folder.file("m.shard")
      let changed = WeightsTable(
        tensors: table.tensors.filter { $0.name != tensor },
        model: .object((table.model.object ?? [:]).merging(model) { $1 }), facts: facts ?? table.facts)
      _ = try changed.write(to: path, provenance: provenance)
      do { _ = try ClassifierFile(reading: path) } catch { return "\(error)" }
      return ""
    }
    #expect(try message() == "")
    #expect(try message(["type": "vq"]).contains("expected the weights of an image classifier"))
    #expect(try message(["channels": 0]).contains("channels must be in 1"))
    #expect(try message(["image_size": 1]).contains("2 levels need an image size of 2"))
    #expect(try message(["channels": 64]).contains("trunk.conv_in.weight"))
    #expect(try message(facts: [:]).contains("'class_names' does not name 2 classes"))
    #expect(try message(without: "head.bias").contains("head.bias"))
  }

  @Test func `verifying looks at a classifier's tensors too`() throws {
    let table = try ClassifierFile(
      classifier: ImageClassifier(configuration: configuration), classNames: ["bag", "boot"]
    ).table()
    let lacking = WeightsTable(tensors: table.tensors.filter { $0.name != "head.bias" }, model: table.model)
    #expect(throws: (any Error).self) { try lacking.checkTrainable(path: "m.shard") }
  }
}
