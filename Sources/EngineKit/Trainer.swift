import Layers
import Shards
import StageKit
import Training
import Weights

/// Something that learns step by step: what a `TrainingRun` needs to know of it.
///
/// What a step does is a function of the settings, the data, the weights, the optimiser's moments and `State`, so
/// that a run which stops and continues ends with the same bytes.
public protocol Trainer {
  associatedtype Report: StepReport
  associatedtype State: TrainerState

  /// Columns of metrics.csv and keys of metrics.jsonl.
  var columns: [String] { get }
  /// Whether checkpoints stay when the weights are published.
  static var keepsCheckpoints: Bool { get }

  /// Steps completed.
  var step: Int { get }
  var totalSteps: Int { get }
  /// How much a step learns from, such as 64 "images".
  var learnedPerStep: (count: Int, unit: String) { get }
  /// Its parameters are all weights that a checkpoint restores, but for those of `furtherOptimizers`.
  var optimizer: AdamW { get }
  /// Optimisers of what is trained beside and not published, by the name of their table of weights in a checkpoint;
  /// that of the moments is `NAME-optimizer`.
  var furtherOptimizers: [String: AdamW] { get }

  /// Copies of its parameters that go into a checkpoint beside them, by the name of their table.
  var copies: [String: [Parameter]] { get }

  /// Prepares the first step of a run without a checkpoint.
  func start() throws
  /// Takes one step.
  func takeStep() throws -> Report
  /// The metrics of the step that was just taken, measurements on held-out images included; nil where it has no row.
  /// - Throws: exit code 70 for a measurement that is not finite.
  func metrics(after report: Report) throws -> [String: Double]?

  /// What a checkpoint keeps of the optimiser's parameters.
  func weights() throws -> WeightsTable
  /// What a checkpoint keeps besides tables.
  func state(of run: Provenance) -> State
  /// Continues after `step` completed steps; weights and moments have been restored.
  func resume(after step: Int, _ state: State)

  /// The weights to publish, when all steps are done.
  func result() throws -> WeightsTable
}

extension Trainer {
  public var furtherOptimizers: [String: AdamW] { [:] }
  public var copies: [String: [Parameter]] { [:] }

  /// All tables of a checkpoint.
  func allTables() throws -> [String: WeightsTable] {
    var tables = ["weights": try weights(), "optimizer": optimizer.momentTable]
    for (name, optimizer) in furtherOptimizers {
      tables[name] = optimizer.parameters.table(model: .null)
      tables["\(name)-optimizer"] = optimizer.momentParameters.table(model: .null)
    }
    for (name, parameters) in copies { tables[name] = parameters.table(model: .null) }
    return tables
  }
}

/// What a step says of itself.
public protocol StepReport {
  /// Mean loss of the step's batch.
  var loss: Double { get }
  /// Global L2 norm of the gradient before clipping.
  var gradientNorm: Double { get }
}

/// What a checkpoint keeps besides tables, in the form that its file has.
public protocol TrainerState: Codable, Sendable {
  /// What the run was computed from.
  var inputs: [Provenance.Input] { get }
}

extension StageError {
  /// A quantity of a training run that is infinite or no number (exit code 70).
  static func notFinite(_ quantity: String, _ value: Double, step: Int) -> StageError {
    StageError(
      .internal, "The \(quantity) became \(value) at step \(step): lower the learning rate of this stage.")
  }
}
