/// What a shard holds.
public enum ShardKind: String, Codable, CaseIterable, Sendable {
  case tokens
  case orders
  case samples
  case features
  case weights
  case textTokenizer = "text-tokenizer"
  case texts
  case progress
  case staticOrders = "static-orders"
}

/// The type of a column's elements, little endian on disk.
public enum ElementType: String, Sendable, CaseIterable {
  case u8
  case u16
  case u32
  case u64
  case i32
  case f16
  case f32

  /// Bytes of one element.
  public var width: Int {
    switch self {
    case .u8: 1
    case .u16, .f16: 2
    case .u32, .i32, .f32: 4
    case .u64: 8
    }
  }
}
