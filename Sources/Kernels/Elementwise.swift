import CKernels

/// y ← y + a·x on `count` values, on the calling thread.
@inline(__always)
public func add(_ x: UnsafePointer<Float>, times a: Float = 1, to y: UnsafeMutablePointer<Float>, count: Int)
{
  ck_axpy(y, x, a, count)
}
