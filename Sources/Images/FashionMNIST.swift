/// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 60,000 training and 10,000 test images of products in 10
/// classes, grey, 28x28, as four IDX files (Debian package `dataset-fashion-mnist`).
enum FashionMNIST {
  static let classNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]

  /// Sample ids: 0..<60,000 for training images; the test images follow from this number on.
  static let firstTestID: UInt64 = 60_000

  /// Images and labels of one split, whole, in the order of the files.
  static func load(folder: String, split: ImageSplit) throws -> (images: [Image], labels: [UInt32]) {
    let prefix = split == .train ? "train" : "t10k"
    let imagePath = try path(folder, "\(prefix)-images-idx3-ubyte")
    let labelPath = try path(folder, "\(prefix)-labels-idx1-ubyte")
    let pixels = try IDX(reading: imagePath, dimensions: 3)
    let labels = try IDX(reading: labelPath, dimensions: 1)
    guard pixels.shape[0] == labels.shape[0] else {
      throw ImageError.countsDiffer(
        images: imagePath, imageCount: pixels.shape[0], labels: labelPath, labelCount: labels.shape[0])
    }
    if let record = labels.values.firstIndex(where: { Int($0) >= classNames.count }) {
      throw ImageError.labelOutOfRange(
        path: labelPath, record: record, found: Int(labels.values[record]), classes: classNames.count)
    }
    guard pixels.shape[0] <= Int(firstTestID) else {
      throw ImageError.notIDX(
        path: imagePath, expected: "at most \(firstTestID) images", found: "\(pixels.shape[0])")
    }
    let (height, width) = (pixels.shape[1], pixels.shape[2])
    guard height == width else {
      throw ImageError.notSquare(path: imagePath, width: width, height: height)
    }
    let area = height * width
    let images = (0..<pixels.shape[0]).map { index in
      Image(
        width: width, height: height, channels: 1,
        pixels: Array(pixels.values[index * area..<(index + 1) * area]))
    }
    return (images, labels.values.map { UInt32($0) })
  }

  /// The gzipped file, or the plain one where only that exists.
  private static func path(_ folder: String, _ name: String) throws -> String {
    let names = ImageFiles.isFolder(folder) ? Set(try ImageFiles.list(folder)) : []
    return names.contains(name) && !names.contains(name + ".gz")
      ? "\(folder)/\(name)" : "\(folder)/\(name).gz"
  }
}
