import Foundation

/// Writes a `.npy` file of 64-bit integers, as NumPy would.
public func writeNPY(_ values: [Int], shape: [Int], to path: String) throws {
  let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = "{'descr': '<i8', 'fortran_order': False, 'shape': (\(extents)), }"
  header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
  var bytes: [UInt8] =
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
  bytes += Array(header.utf8)
  for value in values { withUnsafeBytes(of: Int64(value).littleEndian) { bytes += $0 } }
  let url = URL(filePath: path)
  try FileManager.default.createDirectory(
    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
}
