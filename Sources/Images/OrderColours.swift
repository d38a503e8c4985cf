/// The colours of a generation order: yellow comes first, violet last (matplotlib's viridis, reversed).
public enum OrderColours {
  /// Viridis from its dark end, every 15 of 256 steps.
  private static let anchors: [UInt32] = [
    0x440154, 0x481769, 0x472A7A, 0x433D84, 0x3D4E8A, 0x355E8D, 0x2E6D8E, 0x297B8E, 0x23898E, 0x1F978B,
    0x21A585,
    0x2EB37C, 0x46C06F, 0x65CB5E, 0x89D548, 0xB0DD2F, 0xD8E219, 0xFDE725,
  ]

  /// The colour (red, green, blue) at a share of the order: 0 is the first step, 1 the last; other values are
  /// clamped, NaN is grey.
  public static func colour(at share: Double) -> [UInt8] {
    guard !share.isNaN else { return [128, 128, 128] }
    let position = (1 - min(max(share, 0), 1)) * Double(anchors.count - 1)
    let index = min(Int(position), anchors.count - 2)
    let fraction = position - Double(index)
    return [16, 8, 0].map { shift in
      let low = Double(anchors[index] >> UInt32(shift) & 255)
      let high = Double(anchors[index + 1] >> UInt32(shift) & 255)
      return UInt8((low + (high - low) * fraction).rounded())
    }
  }

  /// The colour of step `step` (from 0) of `count`.
  public static func colour(step: Int, of count: Int) -> [UInt8] {
    colour(at: count > 1 ? Double(step) / Double(count - 1) : 0)
  }

  /// A horizontal colour bar from the first step (left, yellow) to the last (right, violet).
  public static func bar(width: Int, height: Int) -> Image {
    let row = (0..<width).flatMap { colour(step: $0, of: width) }
    return Image(
      width: width, height: height, channels: 3, pixels: (0..<height).flatMap { _ in row })
  }
}
