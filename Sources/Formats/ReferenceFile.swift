/// The `.npz` files in which the field keeps what generated images are compared with and the images
/// themselves.
///
/// pytorch-fid's statistics are `mu` [D] and `sigma` [D, D] in double precision. guided-diffusion's batches
/// are `arr_0`, bytes [N, H, W, 3], with class labels in `arr_1`; its reference batches hold `mu`, `sigma`
/// and `mu_s`, `sigma_s` of the spatial features as well. Files written here also say by which `extractor`
/// (UTF-8 bytes) and from how many images (`count`) statistics were made, which other tools ignore.
public struct ReferenceFile: Equatable, Sendable {
  /// Mean [D] and covariance [D, D], row-major.
  public struct Statistics: Equatable, Sendable {
    public let mean: [Double]
    public let covariance: [Double]

    public init(mean: [Double], covariance: [Double]) {
      precondition(covariance.count == mean.count * mean.count, "a covariance is square")
      self.mean = mean
      self.covariance = covariance
    }
  }

  /// RGB images of one size: bytes [count, height, width, 3].
  public struct Images: Equatable, Sendable {
    public let count: Int
    public let height: Int
    public let width: Int
    public let pixels: ArraySlice<UInt8>

    public init(count: Int, height: Int, width: Int, pixels: ArraySlice<UInt8>) {
      precondition(pixels.count == count * height * width * 3, "pixels fill the images")
      self.count = count
      self.height = height
      self.width = width
      self.pixels = pixels
    }

    /// The pixels of one image.
    public func image(_ index: Int) -> ArraySlice<UInt8> {
      let size = height * width * 3
      return pixels.dropFirst(index * size).prefix(size)
    }
  }

  public var statistics: Statistics?
  /// Of the spatial features, for sFID.
  public var spatial: Statistics?
  public var images: Images?
  /// One class for every image, where the file knows them.
  public var labels: [Int]?
  /// What made the statistics; nil for files of other tools.
  public var extractor: String?
  /// The number of images behind the statistics; nil for files of other tools.
  public var count: Int?

  public init(
    statistics: Statistics? = nil, spatial: Statistics? = nil, images: Images? = nil, labels: [Int]? = nil,
    extractor: String? = nil, count: Int? = nil
  ) {
    self.statistics = statistics
    self.spatial = spatial
    self.images = images
    self.labels = labels
    self.extractor = extractor
    self.count = count
  }

  /// Reads a file with statistics, images or both.
  ///
  /// - Throws: `FormatError.missing`, `.malformed` or `.unsupported` for files that are not `.npz`,
  ///   `.mismatch` for other arrays or shapes.
  public init(reading path: String) throws {
    let arrays = try NPZFile.read(path)
    func array(_ name: String) -> StoredTensor? { arrays.first { $0.name == name } }
    func mismatch(_ expected: String) -> FormatError {
      let found = arrays.map { "\($0.name) \($0.type.rawValue) \($0.shape)" }.joined(separator: ", ")
      return .mismatch(path: path, expected: expected, found: found.isEmpty ? "no array" : found)
    }
    func statistics(_ mean: String, _ covariance: String) throws -> Statistics? {
      let (mu, sigma) = (array(mean), array(covariance))
      if mu == nil && sigma == nil { return nil }
      guard let mu, let sigma, mu.integers == nil, sigma.integers == nil, mu.shape.count == 1,
        mu.count > 0, sigma.shape == [mu.count, mu.count]
      else { throw mismatch("\(mean) of floats [D] with \(covariance) [D, D]") }
      return Statistics(mean: mu.doubles, covariance: sigma.doubles)
    }
    self.init(
      statistics: try statistics("mu", "sigma"), spatial: try statistics("mu_s", "sigma_s"),
      extractor: array("extractor").map { String(decoding: $0.bytes, as: UTF8.self) },
      count: array("count")?.integers?.first)
    if let batch = array("arr_0") {
      guard batch.type == .u8, batch.shape.count == 4, batch.shape[3] == 3, batch.count > 0 else {
        throw mismatch("arr_0 of bytes [N, H, W, 3]")
      }
      images = Images(
        count: batch.shape[0], height: batch.shape[1], width: batch.shape[2], pixels: batch.bytes)
      if let classes = array("arr_1") {
        guard let values = classes.integers, classes.shape == [batch.shape[0]] else {
          throw mismatch("arr_1 of integers [N], a class for every image of arr_0")
        }
        labels = values
      }
    }
    guard images != nil || self.statistics != nil else {
      throw mismatch("mu and sigma (statistics) or arr_0 (a batch of images)")
    }
  }

  /// Writes the file so that it appears whole or not at all; equal content gives equal bytes.
  ///
  /// Throws `FileError.io`.
  public func write(to path: String) throws {
    var arrays = [StoredTensor]()
    for (part, names) in [(statistics, ("mu", "sigma")), (spatial, ("mu_s", "sigma_s"))] {
      guard let part else { continue }
      let size = part.mean.count
      arrays.append(StoredTensor(names.0, shape: [size], doubles: part.mean))
      arrays.append(StoredTensor(names.1, shape: [size, size], doubles: part.covariance))
    }
    if let images {
      arrays.append(
        StoredTensor(
          "arr_0", .u8, shape: [images.count, images.height, images.width, 3], bytes: images.pixels))
    }
    if let labels {
      let bytes = labels.map(Int64.init).withUnsafeBytes { Array($0) }
      arrays.append(StoredTensor("arr_1", .i64, shape: [labels.count], bytes: bytes[...]))
    }
    if let count {
      let bytes = withUnsafeBytes(of: Int64(count)) { Array($0) }
      arrays.append(StoredTensor("count", .i64, shape: [], bytes: bytes[...]))
    }
    if let extractor {
      let bytes = Array(extractor.utf8)
      arrays.append(StoredTensor("extractor", .u8, shape: [bytes.count], bytes: bytes[...]))
    }
    try NPZFile.write(arrays, to: path)
  }
}
