import CKernels
import Kernels

/// Softmax cross entropy on rows of logits: loss = −log softmax(z)[target].
///
/// Shapes: logits (rows, V) contiguous, target and loss (rows).
public enum CrossEntropy {
  /// Writes the losses in nats and ∂(weight · Σ loss)/∂z = weight · (softmax(z) − onehot). Spoils the logits;
  /// `gradient` may lie over them where activations are floats.
  @inline(__always)
  public static func forwardBackward<A: Activation>(
    _ logits: UnsafeMutablePointer<Float>, target: UnsafePointer<Int32>, loss: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<A>, rows: Int, columns: Int, weight: Float
  ) {
    A.kernels.cross_entropy(logits, target, loss, gradient, rows, columns, weight)
  }

  /// log max_v softmax(z)[v] of every row and the winning index: equation (1)'s score of a location.
  @inline(__always)
  public static func logConfidence(
    _ logits: UnsafePointer<Float>, into score: UnsafeMutablePointer<Float>,
    best: UnsafeMutablePointer<Int32>, rows: Int, columns: Int
  ) {
    ck_log_confidence(logits, score, best, rows, columns)
  }
}
