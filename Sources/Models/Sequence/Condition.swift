/// What an image is drawn from, beside its tokens. How it enters a sequence is the `SequenceLayout`'s affair.
public enum Condition: Sendable, Hashable {
  /// Nothing: what classifier-free guidance leads away from, and what conditions are dropped to in training.
  case unconditional
  /// A class, by its number.
  case label(Int)
  /// A text by its tokens, 0 for padding; at most as many as the model reads.
  case text([UInt16])
}
