import Foundation
import Kernels
import Testing

/// How far numbers are from what they should be, as a share of the largest of the latter.
///
/// With `ORDEREDAR_SHOW_ERRORS=1` in the environment every such comparison prints what it found beside its limit: to
/// measure the limits on another CPU. Limits of float32 are about eight times the largest error of three of OpenBLAS's
/// kernel sets (AVX512, Haswell, Sandybridge).
public func expectAgreement(
  _ what: String, _ found: some Sequence<Float>, _ expected: some Sequence<Float>, within limit: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (found, expected) = (Array(found), Array(expected))
  let scale = expected.map(abs).max() ?? 0
  let error = scale > 0 ? largestDifference(found, expected) / scale : .infinity
  report(what, error, limit)
  #expect(error <= limit, "\(what): off by \(error) of the largest", sourceLocation: sourceLocation)
}

/// The same for the length of the difference beside the expected length: for numbers whose rounding is large enough
/// that single ones differ much.
public func expectAgreementInLength(
  _ what: String, _ found: some Sequence<Float>, _ expected: some Sequence<Float>, within limit: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (found, expected) = (Array(found), Array(expected))
  let length = expected.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  let squares = zip(found, expected).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
  let error = found.count == expected.count && length > 0 ? Float(squares.squareRoot() / length) : .infinity
  report(what, error, limit)
  #expect(error <= limit, "\(what): off by \(error) of the length", sourceLocation: sourceLocation)
}

private let showsErrors = ProcessInfo.processInfo.environment["ORDEREDAR_SHOW_ERRORS"] == "1"

private func report(_ what: String, _ error: Float, _ limit: Float) {
  if showsErrors { print("error of \(what): \(error), limit \(limit), \(error / limit) of it") }
}

extension Precision {
  /// The precisions that tests of numbers go through: all that this build computes in on this machine. Says once what
  /// is left out, and why.
  public static let tested: [Precision] = {
    for precision in allCases {
      guard let reason = precision.unavailableReason else { continue }
      let hint = "ORDEREDAR_EMULATE_BFLOAT16=1 tests it on any CPU"
      FileHandle.standardError.write(
        Data("NOT TESTED: \(precision.rawValue), since \(reason); \(hint).\n".utf8))
    }
    return available
  }()
}
