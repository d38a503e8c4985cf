import Files
import Formats
import Foundation
import Images
import Shards

/// Images to be scored, read a portion at a time so that a folder of any size fits into memory.
public protocol PictureSet: Sendable {
  /// Images.
  var count: Int { get }
  /// Where they are.
  var path: String { get }
  /// What the images are called in results, such as "folder" or "samples".
  var kind: String { get }
  /// What the images are made of, for provenance and caches: a hash of names and contents.
  var identity: Provenance.Input { get }
  /// One class for every image, where they are known.
  var labels: [UInt32]? { get }

  /// What messages call an image.
  func name(of index: Int) -> String
  /// One image with what its reader noted.
  func load(_ index: Int) throws -> DecodedImage
  /// The image's file format, such as "PNG"; empty where it comes from no picture file.
  func format(of index: Int) -> String
}

extension PictureSet {
  public func format(of index: Int) -> String { "" }
}

/// The picture files of one folder, as `PictureFile.list` finds them.
public struct FolderPictures: PictureSet {
  public let path: String
  private let names: [String]
  public let identity: Provenance.Input
  public let kind = "folder"
  public let labels: [UInt32]? = nil

  /// Lists and hashes the files; decodes none.
  /// - Throws: `ImageError.emptyFolder` for a folder without pictures.
  public init(_ folder: String) throws {
    path = folder
    names = try PictureFile.list(folder)
    var hash = SHA256()
    for name in names {
      let bytes = try ReadableFile.bytes(of: "\(folder)/\(name)")
      hash.update(Array("\(name.utf8.count) \(name) \(bytes.count) ".utf8))
      hash.update(bytes)
    }
    identity = Provenance.Input(
      role: "images", name: URL(filePath: folder).lastPathComponent, contentID: hash.hex())
  }

  public var count: Int { names.count }
  public func name(of index: Int) -> String { "\(path)/\(names[index])" }
  public func load(_ index: Int) throws -> DecodedImage { try PictureFile.read(name(of: index)) }
  public func format(of index: Int) -> String { PictureFile.format(names[index]) }
}

/// The images of sample shards.
public struct SampledPictures: PictureSet {
  public let path: String
  private let tables: [SampleTable]
  public let identity: Provenance.Input
  public let kind = "samples"
  /// The first image of every table, and the number of all.
  private let starts: [Int]

  /// - Parameters:
  ///   - path: what messages call the whole.
  ///   - shards: the shards of samples.
  public init(_ path: String, shards: [String]) throws {
    self.path = path
    var hash = SHA256()
    tables = try shards.map { shard in
      let (table, header) = try SampleTable.read(shard)
      hash.update(Array(header.contentID.utf8))
      return table
    }
    identity = Provenance.Input(
      role: "images", name: URL(filePath: path).lastPathComponent, contentID: hash.hex())
    starts = tables.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  public var count: Int { starts.last ?? 0 }
  public var labels: [UInt32]? { tables.flatMap(\.labels) }
  public func name(of index: Int) -> String { "record \(index) of \(path)" }

  public func load(_ index: Int) throws -> DecodedImage {
    let place = (starts.firstIndex { $0 > index } ?? 1) - 1
    let table = tables[place]
    return DecodedImage(
      image: Image(
        width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
        pixels: Array(table.image(of: index - starts[place]))), notes: [])
  }
}

/// The images of a batch in an `.npz` file.
public struct BatchPictures: PictureSet {
  public let path: String
  private let images: ReferenceFile.Images
  public let labels: [UInt32]?
  public let identity: Provenance.Input
  public let kind = "batch"

  /// - Parameters:
  ///   - path: the file.
  ///   - images: what it holds.
  ///   - labels: a class for each image, where it holds classes.
  public init(_ path: String, _ images: ReferenceFile.Images, labels: [Int]?) {
    self.path = path
    self.images = images
    self.labels = labels?.map { UInt32(clamping: $0) }
    var hash = SHA256()
    hash.update(Array("\(images.count) \(images.height) \(images.width) ".utf8))
    images.pixels.withUnsafeBytes { hash.update($0) }
    identity = Provenance.Input(
      role: "images", name: URL(filePath: path).lastPathComponent, contentID: hash.hex())
  }

  public var count: Int { images.count }
  public func name(of index: Int) -> String { "image \(index) of \(path)" }

  public func load(_ index: Int) throws -> DecodedImage {
    DecodedImage(
      image: Image(
        width: images.width, height: images.height, channels: 3, pixels: Array(images.image(index))),
      notes: [])
  }
}
