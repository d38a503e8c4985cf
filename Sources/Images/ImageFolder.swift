/// A folder of pictures with one sub-folder per class.
///
/// `<folder>/<class>/*`, or `<folder>/train/<class>/*` with `<folder>/test/<class>/*` (`val/`, as ImageNet calls it,
/// does as well). Names are sorted by their bytes, classes first, and a sample id is the index in that order
/// (training images first where the folder has both splits), so that ids depend on the names alone.
enum ImageFolder {
  /// Lists the pictures of one split; reads none.
  /// - Parameter seed: divides the images of a folder without splits.
  /// - Throws: `ImageError` for a missing or empty folder, a class without images, a lone train/ or test/, or
  ///   a test class that training lacks.
  static func listing(_ folder: String, split: ImageSplit, seed: UInt64) throws -> ImageListing {
    let names = try ImageFiles.list(folder).filter { ImageFiles.isFolder("\(folder)/\($0)") }
    var warnings = [String]()
    guard let (trainFolder, testFolder) = try ImageSplit.folders(in: folder, names) else {
      let classes = try classes(in: folder, warnings: &warnings)
      return ImageListing(
        classNames: classes.map(\.name), undivided: pictures(classes), seed: seed, split: split,
        warnings: warnings)
    }
    let train = try classes(in: trainFolder, warnings: &warnings)
    let test = try classes(in: testFolder, warnings: &warnings)
    let trainNames = train.map(\.name)
    if let unknown = test.first(where: { !trainNames.contains($0.name) }) {
      throw ImageError.unknownClass(path: testFolder, name: unknown.name, train: trainFolder)
    }
    if names.count > 2 {
      warnings.append(
        "Of \(folder), only \(ImageFiles.name(trainFolder))/ and \(ImageFiles.name(testFolder))/ are read; it "
          + "has other folders too.")
    }
    return ImageListing(
      classNames: trainNames, train: pictures(train), test: pictures(test, as: trainNames), split: split,
      warnings: warnings)
  }

  private static func classes(
    in folder: String, warnings: inout [String]
  ) throws -> [(name: String, paths: [String])] {
    let names = try ImageFiles.list(folder).filter { ImageFiles.isFolder("\(folder)/\($0)") }
    guard !names.isEmpty else { throw ImageError.emptyFolder(path: folder, expected: "class folders") }
    return try names.map { name in
      let files = try ImageFiles.list("\(folder)/\(name)")
      let images = files.filter { !PictureFile.format($0).isEmpty }
      guard !images.isEmpty else {
        throw ImageError.emptyFolder(path: "\(folder)/\(name)", expected: "PNG or JPEG files")
      }
      if images.count < files.count {
        let others = files.count - images.count
        warnings.append(
          "\(folder)/\(name) holds \(others) entries that are not PNG or JPEG files; they are left out.")
      }
      return (name, images.map { "\(folder)/\(name)/\($0)" })
    }
  }

  private static func pictures(
    _ classes: [(name: String, paths: [String])], as names: [String]? = nil
  ) -> [ImageListing.Picture] {
    classes.enumerated().flatMap { index, item in
      let label = UInt32(names?.firstIndex(of: item.name) ?? index)
      return item.paths.map { ImageListing.Picture(label: label, location: PictureLocation(file: $0)) }
    }
  }
}

extension ImageSplit {
  /// The folders of training and test images among the names in a folder, if it is divided.
  /// - Throws: `ImageError.oneSplit` where one of them is missing.
  static func folders(
    in folder: String, _ names: [String]
  ) throws -> (train: String, test: String)? {
    let test = names.contains("test") ? "test" : names.contains("val") ? "val" : nil
    switch (names.contains("train"), test) {
    case (true, let test?): return ("\(folder)/train", "\(folder)/\(test)")
    case (false, nil): return nil
    case (true, nil): throw ImageError.oneSplit(path: folder, found: "train", missing: "test")
    case (false, let test?): throw ImageError.oneSplit(path: folder, found: test, missing: "train")
    }
  }
}
