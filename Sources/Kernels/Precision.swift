#if OneDNN
  import CDNNL
#endif

/// How the transformer stores activations and multiplies them.
///
/// Master weights, the residual stream, statistics of norms, softmax, losses, gradients of weights and the optimiser
/// are float32 in both.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// IEEE single precision through OpenBLAS.
  case float32
  /// Factors of products as bfloat16, sums in float32, through oneDNN on CPUs with AVX512-BF16 or AMX. The environment
  /// variable `ORDEREDAR_EMULATE_BFLOAT16=1` makes slow products to the same roundings of it anywhere.
  case bfloat16

  /// What this build computes in on this machine.
  public static var available: [Precision] { allCases.filter { $0.unavailableReason == nil } }

  /// Whether products are computed in other instructions than the precision's own, to the same roundings.
  public var isEmulated: Bool { self == .bfloat16 && EmulatedBFloat16.isOn }

  /// Why this build or this CPU cannot compute so, as the end of a sentence; nil when it can.
  public var unavailableReason: String? {
    guard self == .bfloat16, !EmulatedBFloat16.isOn else { return nil }
    #if OneDNN
      return od_has_bfloat16() != 0 ? nil : "this CPU has no instructions for bfloat16 (AVX512-BF16)"
    #else
      return "this build has no oneDNN (install libdnnl-dev and build again)"
    #endif
  }
}
