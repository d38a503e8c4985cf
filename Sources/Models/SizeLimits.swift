/// Sizes beyond which nothing is built: generous for anything that has ever been trained, and small enough that no
/// product of them overflows.
///
/// They guard the arithmetic, not the machine; whether a model fits into memory is another question.
public enum SizeLimits {
  /// Width, hidden width and channels.
  public static let width = 1 << 16
  public static let layers = 1 << 10
  /// Locations are 16-bit numbers in shards.
  public static let locations = 1 << 16
  public static let codes = 1 << 16
  public static let classes = 1 << 20
  /// Tokens of a text.
  public static let text = 1 << 12
  /// Side of an image in pixels.
  public static let imageSize = 1 << 12
  /// Parameters of one model: twelve times RandAR-XXL's, 64 GiB of weights.
  public static let parameters = 1 << 34
}

extension SizeLimits {
  /// A size by its key, and the most that it may be; the least is 1.
  typealias Named = (name: String, size: Int, most: Int)

  /// What is wrong with the sizes of a network of images, as one sentence without its full stop, or nil.
  static func problem(_ sizes: [Named], imageChannels: Int) -> String? {
    if let (name, size, limit) = sizes.first(where: { $0.size < 1 || $0.size > $0.most }) {
      return "\(name) must be in 1...\(limit), found \(size)"
    }
    return imageChannels == 1 || imageChannels == 3
      ? nil : "images have 1 or 3 channels, found \(imageChannels)"
  }

  /// Whether multipliers can be those of levels: some of them, and none that overflows.
  static func areLevels(_ multipliers: [Int]) -> Bool {
    (1...10).contains(multipliers.count) && multipliers.allSatisfy { (1...1 << 10).contains($0) }
  }

  /// What is wrong with a number of parameters, or nil.
  /// - Parameter network: what has them, such as "a tokenizer".
  static func problem(parameters: Int, of network: String) -> String? {
    parameters > Self.parameters
      ? "\(network) has at most \(Self.parameters) parameters, found \(parameters)" : nil
  }
}
