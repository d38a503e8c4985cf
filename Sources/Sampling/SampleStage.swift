/// What provenance says of samples.
package enum SampleStage {
  package static let name = "sample"
  /// Raised when results change for equal settings; pipeline/algorithms.json says the same.
  package static let algorithm = 2
}
