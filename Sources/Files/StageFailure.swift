/// An error that a stage reports in one sentence and turns into its exit code.
///
/// `description` is a full sentence with the path, what was expected and what was found, followed by what to
/// do. Codes: 65 bad data, 66 missing input, 70 internal, 74 input or output, 75 interrupted, 78
/// configuration.
public protocol StageFailure: Error, CustomStringConvertible, Sendable {
  var exitCode: Int32 { get }
}
