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
