import Kernels
import Layers

/// One pending product dyᵀ·x that is added to a weight's gradient.
struct WeightGradient<A: Activation>: Sendable {
  let linear: Linear
  let dy: Rows<A>
  let x: Rows<A>
  let rows: Int

  init(_ linear: Linear, dy: Rows<A>, x: Rows<A>, rows: Int) {
    self.linear = linear
    self.dy = dy
    self.x = x
    self.rows = rows
  }

  private var block: Int { A.gradientBlock(inputs: linear.inputs, rows: rows).outputs }
  private var tasks: Int { (linear.outputs + block - 1) / block }

  /// Runs all products, shared among threads in blocks of output rows.
  static func run(_ products: [WeightGradient]) {
    Parallel.forEach(products.reduce(0) { $0 + $1.tasks }) { task in
      var index = task
      for product in products {
        guard index >= product.tasks else { return product.run(index) }
        index -= product.tasks
      }
    }
  }

  private func run(_ task: Int) {
    let first = task * block
    linear.accumulateGradient(first..<min(first + block, linear.outputs), dy: dy, x: x, rows: rows)
  }
}
