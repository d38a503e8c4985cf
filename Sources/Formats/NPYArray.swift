/// An array of integers from a NumPy `.npy` file, such as the codes of one image in a RandAR code folder.
public struct NPYArray: Equatable, Sendable {
  public let shape: [Int]
  /// Row-major.
  public let values: [Int]

  /// Reads a file of format 1, 2 or 3 with little-endian integers of any width.
  ///
  /// Throws `FormatError.missing`, `.malformed` or `.unsupported`.
  public init(reading path: String) throws {
    let tensor = try NPYFormat.parse(try fileBytes(path)[...], name: path, path: path)
    guard let integers = tensor.integers else {
      throw FormatError.unsupported(
        path: path, what: "it holds elements of type \(tensor.type.rawValue), expected integers such as I64")
    }
    shape = tensor.shape
    values = integers
  }
}
