import ArgumentParser
import EngineKit
import Foundation
import Images
import Shards
import StageKit
import TestSupport
import Testing

/// The identity of three pictures in class folders.
private func identity(_ paths: [String], greys: [UInt8] = [10, 20, 30]) throws -> Provenance.Input {
  let folder = try TemporaryFolder()
  for (path, grey) in zip(paths, greys) {
    for split in ["train", "test"] {
      let url = folder.url("\(split)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try PNG.write(Image(width: 8, height: 8, colour: [grey]), to: url.path)
    }
  }
  let settings: DataSettings = try StageConfiguration.decode(
    [
      "source": "folder", "path": .string(folder.path), "seed": 1, "train_images": 0, "test_images": 0,
      "size": 8,
      "channels": 1,
    ], path: "settings.json")
  let log = Log(stage: "test", options: try StageOptions.parse(["--quiet"]))
  return try ImageInput(settings, split: .train, log: log).provenance(0..<3)
}

@Test func `the identity of images sees their bytes and their labels`() throws {
  let images = try identity(["a/1.png", "a/2.png", "b/3.png"])
  #expect(images.name == "train" && images.role == "images")
  #expect(try identity(["a/1.png", "a/2.png", "b/3.png"]) == images)
  #expect(try identity(["a/1.png", "b/2.png", "b/3.png"]) != images)
  #expect(try identity(["a/1.png", "a/2.png", "b/3.png"], greys: [10, 21, 30]) != images)
}
