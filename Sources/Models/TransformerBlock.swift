import Kernels
import Layers

/// One pre-norm block: h = x + drop(Wₒ·attention(norm(x))), y = h + drop(feedForward(norm(h))).
///
/// In a model of classes it is RandAR's, with the official keys (pipeline/method/transformer.md §5). In a model of texts
/// norms are layer norms, projections have biases, both branches end in a layer scale, and the feed-forward layer is
/// gated by GELU, with its dropout behind the gate (pipeline/method/text-to-image.md §2). The training pass is in
/// `TransformerBlock+Training.swift`, cached decoding in `DecodingSession`.
public struct TransformerBlock: Sendable {
  public let index: Int
  public let attentionNorm: RowNorm
  /// Queries, keys and values as one projection (3I, C).
  public let qkv: Linear
  public let attention: CausalAttention
  /// (C, I).
  public let output: BranchProjection
  public let feedForwardNorm: RowNorm
  public let feedForward: FeedForward
  /// In the sequence of the model's parameters.
  public let parameters: [Parameter]

  /// Where layer scales begin.
  static let initialScale: Float = 0.1

  public init(index: Int, configuration: AnyOrderConfiguration) {
    let (width, inner, hidden) = (configuration.width, configuration.inner, configuration.hidden)
    let name = "layers.\(index)"
    self.index = index
    attention = CausalAttention(heads: configuration.heads, headWidth: configuration.headWidth)
    if configuration.text == nil {
      attentionNorm = RowNorm(rootMeanSquare: "\(name).attention_norm.weight", width: width)
      qkv = Linear("\(name).attention.wqkv.weight", inputs: width, outputs: 3 * inner)
      output = BranchProjection(Linear("\(name).attention.wo.weight", inputs: inner, outputs: width))
      feedForwardNorm = RowNorm(rootMeanSquare: "\(name).ffn_norm.weight", width: width)
      feedForward = FeedForward(siluGated: "\(name).feed_forward", width: width, hidden: hidden)
    } else {
      attentionNorm = RowNorm(layer: "\(name).attn.norm", width: width)
      qkv = Linear("\(name).attn.to_qkv.weight", inputs: width, outputs: 3 * inner)
      output = BranchProjection(
        Linear(biased: "\(name).attn.to_out", inputs: inner, outputs: width), scale: "\(name).attn.scale",
        initialScale: Self.initialScale)
      feedForwardNorm = RowNorm(layer: "\(name).ff.norm", width: width)
      feedForward = FeedForward(
        geluGated: "\(name).ff", width: width, hidden: hidden, initialScale: Self.initialScale)
    }
    parameters =
      qkv.parameters + output.parameters + feedForward.parameters + attentionNorm.parameters
      + feedForwardNorm.parameters
  }

  /// What the norms' gradients of a group are kept as, side by side: attention's, then the feed-forward layer's.
  var normParameters: [Parameter] { attentionNorm.parameters + feedForwardNorm.parameters }
}
