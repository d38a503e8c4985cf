import Kernels
import Layers

/// One pre-norm block: h = x + drop(Wₒ·attention(norm(x))), y = h + drop(feedForward(norm(h))).
///
/// Parameters carry RandAR's official keys. The training pass is in `TransformerBlock+Training.swift`, cached
/// decoding in `DecodingSession`.
public struct TransformerBlock: Sendable {
  public let index: Int
  public let attentionNorm: RMSNorm
  /// Queries, keys and values as one projection (3C, C).
  public let qkv: Linear
  public let attention: CausalAttention
  public let output: Linear
  public let feedForwardNorm: RMSNorm
  public let feedForward: FeedForward

  public init(index: Int, configuration: AnyOrderConfiguration) {
    let width = configuration.width
    let name = "layers.\(index)"
    self.index = index
    attentionNorm = RMSNorm("\(name).attention_norm.weight", width: width)
    qkv = Linear("\(name).attention.wqkv.weight", inputs: width, outputs: 3 * width)
    attention = CausalAttention(heads: configuration.heads, headWidth: configuration.headWidth)
    output = Linear("\(name).attention.wo.weight", inputs: width, outputs: width)
    feedForwardNorm = RMSNorm("\(name).ffn_norm.weight", width: width)
    feedForward = FeedForward("\(name).feed_forward", width: width, hidden: configuration.hidden)
  }

  public var parameters: [Parameter] {
    [
      qkv.weight, output.weight, feedForward.gate.weight, feedForward.up.weight, feedForward.down.weight,
      attentionNorm.gain, feedForwardNorm.gain,
    ]
  }
}
