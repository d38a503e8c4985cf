import Files

/// What can be wrong with images and the files they come from. Every case says where, what was expected, what
/// was found and what to do.
public enum ImageError: StageFailure, Equatable {
  case missing(path: String, advice: String)
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  case notPNG(path: String, found: String)
  case notJPEG(path: String, found: String)
  case withoutJPEG(path: String)
  case truncated(path: String, expected: Int, found: Int)
  case damaged(path: String, detail: String)
  case tooLarge(path: String, width: Int, height: Int, limit: Int)
  case notIDX(path: String, expected: String, found: String)
  case wrongLength(path: String, expected: Int, found: Int)
  case labelOutOfRange(path: String, record: Int, found: Int, classes: Int)
  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
  case sizesDiffer(first: String, firstSize: String, second: String, secondSize: String)
  case notSquare(path: String, width: Int, height: Int)
  case emptyFolder(path: String, expected: String)
  case noPictures(path: String, endings: [String])
  case noArchives(path: String)
  case withoutClass(path: String)
  case oneSplit(path: String, found: String, missing: String)
  case unknownClass(path: String, name: String, train: String)
  case tooFewImages(source: String, split: String, asked: Int, found: Int)
  case unknownSource(name: String)

  public var description: String {
    switch self {
    case .missing(let path, let advice):
      "\(path) does not exist. \(advice)"
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason). Check that it exists and that you may read it."
    case .unwritable(let path, let reason):
      "\(path) cannot be written: \(reason). Check the folder, your rights and the free space."
    case .notPNG(let path, let found):
      "\(path) is not a PNG file: expected the signature 89 50 4e 47 0d 0a 1a 0a, found \(found). "
        + "Convert it to PNG or remove it."
    case .notJPEG(let path, let found):
      "\(path) is not a JPEG file: expected it to begin with ff d8 ff, found \(found). "
        + "Copy it again or remove it."
    case .withoutJPEG(let path):
      "\(path) is a JPEG file, which this build does not read. Install libturbojpeg0-dev and build again "
        + "('make build'), or convert the images to PNG."
    case .truncated(let path, let expected, let found):
      "\(path) is truncated: expected at least \(expected) bytes, found \(found). Copy or export it again."
    case .damaged(let path, let detail):
      "\(path) is damaged: \(detail). Copy or export it again."
    case .tooLarge(let path, let width, let height, let limit):
      "\(path) is \(width)x\(height) pixels, more than the limit of \(limit) pixels. Scale it down first."
    case .notIDX(let path, let expected, let found):
      "\(path) is not the IDX file expected here: expected \(expected), found \(found). "
        + "Install the data set again."
    case .wrongLength(let path, let expected, let found):
      "\(path) has the wrong length: its header announces \(expected) bytes, it holds \(found). "
        + "Install the data set again."
    case .labelOutOfRange(let path, let record, let found, let classes):
      "\(path) has label \(found) at record \(record), expected 0...\(classes - 1). "
        + "Install the data set again."
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      "\(images) holds \(imageCount) images but \(labels) holds \(labelCount) labels; "
        + "the counts must be equal. Install the data set again."
    case .sizesDiffer(let first, let firstSize, let second, let secondSize):
      "\(second) is \(secondSize) pixels but \(first) is \(firstSize); "
        + "all images of a data set have one size. Crop or scale them to one size first, or set data.crop to adm."
    case .notSquare(let path, let width, let height):
      "\(path) is \(width)x\(height) pixels, expected a square image. Crop the images to squares first, or set data.crop to adm."
    case .emptyFolder(let path, let expected):
      "\(path) holds no \(expected). Give a folder with one sub-folder of PNG or JPEG files per class."
    case .noPictures(let path, let endings):
      "\(path) holds no picture files: expected names ending in "
        + endings.map { ".\($0)" }.joined(separator: ", ")
        + " in it or in folders below it. Give the folder that holds the images."
    case .noArchives(let path):
      "\(path) holds no .tar files. Give a folder of uncompressed tar archives, or of folders train/ and test/ "
        + "with such archives."
    case .withoutClass(let path):
      "\(path) has no class: expected a member of the same name ending in .cls, or a class folder around it. "
        + "Add it, or remove the picture."
    case .oneSplit(let path, let found, let missing):
      "\(path) has a folder \(found)/ but no folder \(missing)/. Give both, "
        + "or put the class folders directly into \(path) and let the seed split them."
    case .unknownClass(let path, let name, let train):
      "\(path) has the class \(name), which \(train) lacks. Train and test images need the same classes."
    case .tooFewImages(let source, let split, let asked, let found):
      "\(source) has \(found) \(split) images, but \(asked) were asked for. "
        + "Lower data.\(split)_images, or set it to 0 for all of them."
    case .unknownSource(let name):
      "There is no image source '\(name)'. Choose \(Self.choices(ImageSource.names))."
    }
  }

  /// Names as a sentence lists them: "one, two or three".
  private static func choices(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  /// The exit code of a stage that ends with this error: 65 bad data, 66 missing input, 74 input or output
  /// failed, 78 bad configuration.
  public var exitCode: Int32 {
    switch self {
    case .missing: 66
    case .unreadable, .unwritable: 74
    case .tooFewImages, .unknownSource: 78
    default: 65
    }
  }
}
