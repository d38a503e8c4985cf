import Randomness

/// A folder of PNG files with one sub-folder per class.
///
/// `<folder>/<class>/*.png`, or `<folder>/train/<class>/*.png` with `<folder>/test/<class>/*.png`. Names are
/// sorted by their bytes, classes first, and a sample id is the index in that order (training images first
/// where the folder has both splits), so that ids depend on the names alone.
struct ImageFolder {
  struct Entry: Equatable {
    let id: UInt64
    let label: UInt32
    let path: String
  }

  let classNames: [String]
  let entries: [Entry]
  let warnings: [String]

  /// One image in this many goes to the test split when the folder does not say which.
  static let testShare = 10

  /// Lists the images of one split; reads none.
  ///
  /// Without train/ and test/ folders each class is shuffled with (seed, class index) and gives a tenth of
  /// its images, at least one if it has two, to the test split.
  /// - Throws: `ImageError` for a missing or empty folder, a class without images, a lone train/ or test/, or
  ///   a test class that training lacks.
  init(listing folder: String, split: ImageSplit, seed: UInt64) throws {
    let names = try ImageFiles.list(folder).filter { ImageFiles.isFolder("\(folder)/\($0)") }
    let (hasTrain, hasTest) = (names.contains("train"), names.contains("test"))
    guard hasTrain == hasTest else {
      throw ImageError.oneSplit(
        path: folder, found: hasTrain ? "train" : "test", missing: hasTrain ? "test" : "train")
    }
    var warnings = [String]()
    if hasTrain {
      let train = try Self.classes(in: "\(folder)/train", warnings: &warnings)
      let test = try Self.classes(in: "\(folder)/test", warnings: &warnings)
      let trainNames = train.map(\.name)
      if let stranger = test.first(where: { !trainNames.contains($0.name) }) {
        throw ImageError.unknownClass(path: "\(folder)/test", name: stranger.name, train: "\(folder)/train")
      }
      if names.count > 2 {
        warnings.append("Of \(folder), only train/ and test/ are read; it has other folders too.")
      }
      let firstID = split == .train ? 0 : train.reduce(0) { $0 + $1.paths.count }
      classNames = trainNames
      entries = Self.numbered(split == .train ? train : test, classNames: trainNames, from: firstID)
    } else {
      let classes = try Self.classes(in: folder, warnings: &warnings)
      classNames = classes.map(\.name)
      let all = Self.numbered(classes, classNames: classNames, from: 0)
      let test = Self.testIDs(all, classes: classes.count, seed: seed)
      entries = all.filter { test.contains($0.id) == (split == .test) }
    }
    self.warnings = warnings
  }

  private static func classes(
    in folder: String, warnings: inout [String]
  ) throws -> [(name: String, paths: [String])] {
    let names = try ImageFiles.list(folder).filter { ImageFiles.isFolder("\(folder)/\($0)") }
    guard !names.isEmpty else { throw ImageError.emptyFolder(path: folder, expected: "class folders") }
    return try names.map { name in
      let files = try ImageFiles.list("\(folder)/\(name)")
      let images = files.filter { $0.lowercased().hasSuffix(".png") }
      guard !images.isEmpty else {
        throw ImageError.emptyFolder(path: "\(folder)/\(name)", expected: "PNG files")
      }
      if images.count < files.count {
        let others = files.count - images.count
        warnings.append(
          "\(folder)/\(name) holds \(others) entries that are not PNG files; they are left out.")
      }
      return (name, images.map { "\(folder)/\(name)/\($0)" })
    }
  }

  private static func numbered(
    _ classes: [(name: String, paths: [String])], classNames: [String], from firstID: Int
  ) -> [Entry] {
    var entries = [Entry]()
    for item in classes {
      let label = UInt32(classNames.firstIndex(of: item.name) ?? 0)
      for path in item.paths {
        entries.append(Entry(id: UInt64(firstID + entries.count), label: label, path: path))
      }
    }
    return entries
  }

  private static func testIDs(_ entries: [Entry], classes: Int, seed: UInt64) -> Set<UInt64> {
    var result = Set<UInt64>()
    for label in 0..<UInt32(classes) {
      let ids = entries.filter { $0.label == label }.map(\.id)
      guard ids.count > 1 else { continue }
      var random = RandomStream(seed: seed, purpose: "data.split", UInt64(label))
      let share = max(1, ids.count / testShare)
      for index in random.permutation(ids.count).prefix(share) { result.insert(ids[index]) }
    }
    return result
  }
}
