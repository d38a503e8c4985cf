#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

extension RandomStream {
  /// Two independent standard normal values (Box and Muller).
  public mutating func normalPair() -> (Double, Double) {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    return (radius * cos(angle), radius * sin(angle))
  }

  /// `count` independent normal values with mean 0 and the given standard deviation.
  public mutating func normals(_ count: Int, deviation: Double = 1) -> [Float] {
    var values = [Float]()
    values.reserveCapacity(count + 1)
    while values.count < count {
      let (a, b) = normalPair()
      values.append(Float(a * deviation))
      values.append(Float(b * deviation))
    }
    if values.count > count { values.removeLast() }
    return values
  }
}
