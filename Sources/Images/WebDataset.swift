import Formats
import Foundation

/// Pictures in uncompressed tar files, as WebDataset keeps them: members of one name up to the first dot are one
/// sample, such as `0001.jpg` with its class in `0001.cls`.
///
/// Where no sample has a `.cls`, the class is the name of the folder that the picture lies in, as in archives of
/// ImageNet's class folders. A sample id is the position of the picture in its archive, archives sorted by
/// the bytes of their names, training pictures first; ids and classes depend on the archives alone.
enum WebDataset {
  /// The largest class number of a `.cls` member.
  static let classLimit = 1 << 20

  /// What says the class of a picture.
  private enum Class: Hashable {
    case number(Int)
    case folder(String)
  }

  private struct Sample {
    let location: PictureLocation
    let label: Class
  }

  /// Lists the pictures of one split; reads headers and classes only.
  /// - Parameters:
  ///   - folder: holds tar files; in train/ and test/ (or val/), or with `train` and `val` or `test` in their names.
  ///     Else the images are divided by the seed.
  ///   - onlyClass: the class of pictures without one; given, test pictures may also have classes that training lacks.
  /// - Throws: `ImageError` for missing, truncated and damaged archives, samples without class, and a class of
  ///   test images that no training image has.
  static func listing(
    _ folder: String, split: ImageSplit, seed: UInt64, onlyClass: String? = nil
  ) throws -> ImageListing {
    let names = try ImageFiles.list(folder)
    let folders = try ImageSplit.folders(in: folder, names.filter { ImageFiles.isFolder("\(folder)/\($0)") })
    if let folders {
      return try divided(
        train: archives(in: folders.train), test: archives(in: folders.test), split,
        path: (folders.train, folders.test), onlyClass)
    }
    let all = try archives(in: folder)
    let train = all.filter { ImageFiles.name($0).contains("train") }
    let test = all.filter {
      let name = ImageFiles.name($0)
      return !name.contains("train") && (name.contains("val") || name.contains("test"))
    }
    if !train.isEmpty, !test.isEmpty, train.count + test.count == all.count {
      return try divided(train: train, test: test, split, path: (train[0], test[0]), onlyClass)
    }
    let samples = try all.flatMap { try Self.samples(of: $0, onlyClass) }
    let classes = try classes(of: samples, all[0])
    return ImageListing(
      classNames: classes.names, undivided: pictures(samples, classes.labels), seed: seed, split: split,
      warnings: [])
  }

  private static func divided(
    train: [String], test: [String], _ split: ImageSplit, path: (train: String, test: String),
    _ onlyClass: String?
  ) throws -> ImageListing {
    let (train, test) = try (
      train.flatMap { try samples(of: $0, onlyClass) }, test.flatMap { try samples(of: $0, onlyClass) }
    )
    let classes = try classes(of: onlyClass == nil ? train : train + test, path.train)
    if let unknown = test.first(where: { classes.labels[$0.label] == nil }) {
      let name =
        switch unknown.label {
        case .number(let number): "\(number)"
        case .folder(let name): name
        }
      throw ImageError.unknownClass(path: unknown.location.path, name: name, train: path.train)
    }
    return ImageListing(
      classNames: classes.names, train: pictures(train, classes.labels), test: pictures(test, classes.labels),
      split: split, warnings: [])
  }

  private static func pictures(_ samples: [Sample], _ labels: [Class: UInt32]) -> [ImageListing.Picture] {
    samples.map { ImageListing.Picture(label: labels[$0.label, default: 0], location: $0.location) }
  }

  private static func archives(in folder: String) throws -> [String] {
    let names = try ImageFiles.list(folder).filter { $0.lowercased().hasSuffix(".tar") }
    guard !names.isEmpty else { throw ImageError.noArchives(path: folder) }
    return names.map { "\(folder)/\($0)" }
  }

  /// Numbers name classes 0 to the largest one; folders name classes in the sequence of their bytes.
  private static func classes(
    of samples: [Sample], _ path: String
  ) throws -> (names: [String], labels: [Class: UInt32]) {
    var (largest, folders) = (-1, Set<String>())
    for sample in samples {
      switch sample.label {
      case .number(let number): largest = max(largest, number)
      case .folder(let name): folders.insert(name)
      }
    }
    guard largest < 0 || folders.isEmpty else {
      throw ImageError.damaged(
        path: path, detail: "some of its samples have a .cls member and some have none")
    }
    let names =
      largest >= 0
      ? (0...largest).map(String.init) : folders.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let labels = names.enumerated().map { index, name in
      (largest >= 0 ? Class.number(index) : .folder(name), UInt32(index))
    }
    return (names, Dictionary(labels, uniquingKeysWith: { first, _ in first }))
  }

  /// The pictures of one archive with their classes.
  private static func samples(of path: String, _ onlyClass: String?) throws -> [Sample] {
    let members = try ImageFiles.translating(path, "Check the path.") { try TarArchive.members(of: path) }
    let classes = try classNumbers(members.filter { extensions(of: $0.name) == "cls" }, path)
    let samples = try members.compactMap { member -> Sample? in
      guard !PictureFile.format(member.name).isEmpty else { return nil }
      let location = PictureLocation(file: path, member: member)
      if let number = classes[key(of: member.name)] {
        return Sample(location: location, label: .number(number))
      }
      let folders = member.name.split(separator: "/").dropLast().filter { $0 != "." }
      guard classes.isEmpty, let folder = folders.last.map(String.init) ?? onlyClass else {
        throw ImageError.withoutClass(path: location.path)
      }
      return Sample(location: location, label: .folder(folder))
    }
    guard !samples.isEmpty else { throw ImageError.noPictures(path: path, endings: PictureFile.endings) }
    return samples
  }

  /// The numbers in the `.cls` members, by what the members of a sample share.
  private static func classNumbers(_ members: [TarArchive.Member], _ path: String) throws -> [String: Int] {
    func damaged(_ member: TarArchive.Member) -> ImageError {
      .damaged(
        path: "\(path):\(member.name)", detail: "it should hold a class from 0 to \(classLimit - 1) in digits"
      )
    }
    if let large = members.first(where: { $0.size > 32 }) { throw damaged(large) }
    var classes = [String: Int]()
    for (member, bytes) in zip(members, try TarArchive.read(members, of: path)) {
      let digits = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
      guard let number = Int(digits), (0..<classLimit).contains(number) else { throw damaged(member) }
      classes[key(of: member.name)] = number
    }
    return classes
  }

  /// What the members of a sample share: the path up to the first dot of its last part.
  static func key(of name: String) -> String {
    let start = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
    return String(name[..<(name[start...].firstIndex(of: ".") ?? name.endIndex)])
  }

  static func extensions(of name: String) -> String {
    String(name.dropFirst(key(of: name).count).drop { $0 == "." })
  }
}
