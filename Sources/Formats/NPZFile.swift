/// NumPy's format of several named arrays: a zip file of `.npy` files.
enum NPZFile {
  private static let ending = ".npy"

  /// The arrays under their names without `.npy`, sorted by name.
  ///
  /// - Throws: `FormatError.missing`, `.malformed` or `.unsupported`.
  static func read(_ path: String) throws -> [StoredTensor] {
    let archive = try ZipReader(reading: path)
    return try archive.entries.filter { $0.name.hasSuffix(ending) }.map { entry in
      try NPYFormat.parse(
        try archive.contents(of: entry), name: String(entry.name.dropLast(ending.count)),
        path: "\(path), \(entry.name)")
    }
    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Writes arrays so that equal ones give equal bytes and the file appears whole or not at all.
  ///
  /// Throws `FileError.io`.
  static func write(_ arrays: [StoredTensor], to path: String) throws {
    try ZipWriter().write(
      arrays.map { array in
        ZipWriter.Entry(array.name + ending, pieces: [NPYFormat.header(of: array)[...], array.bytes])
      }, to: path)
  }
}
