import CKernels

/// y ← y + a·x on `count` values, on the calling thread.
@inline(__always)
public func add(_ x: UnsafePointer<Float>, times a: Float = 1, to y: UnsafeMutablePointer<Float>, count: Int)
{
  ck_axpy(y, x, a, count)
}

/// The sum of squares of a tensor, accumulated in double precision over blocks of fixed size.
public func sumOfSquares(_ tensor: Tensor) -> Double { ck_sum_of_squares(tensor.pointer, tensor.count) }
