import Kernels

/// A piece of work that is measured.
struct Work {
  /// What command lines and JSON call it.
  let id: String
  /// What the report calls it.
  let name: String
  /// What one repetition makes, such as 16 images.
  let amount: Double
  let unit: String
  /// Operations of one repetition, two a multiply-add: products only, nothing computed twice.
  let operations: Double
  /// Precisions that the engine has for it.
  let precisions: [Precision]
  /// The same work of the PyTorch peer, if it has it.
  let peer: PeerRequest?
  /// Plans all buffers and returns a function that does the work once.
  let prepare: (Precision) throws -> () throws -> Void

  func has(_ precision: Precision) -> Bool { precisions.contains(precision) }
}
