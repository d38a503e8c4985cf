import Communication
import Shards
import StageKit
import Training
import Weights

extension TrainingRun {
  /// Continues after the newest sound checkpoint, or starts afresh where there is none.
  ///
  /// Damaged checkpoints are passed over with a warning. One of other settings or inputs is refused, or left behind
  /// with `--restart`; `--force` leaves any behind.
  /// - Throws: exit codes 64 and 78, `FormatError`, `ShardError`.
  func begin<T: Trainer>(_ trainer: T) throws {
    if ranks.isFirst {
      try checkpoints.requireOwn(stage)
      if stage.options.force { checkpoints.removeAll() }
    }
    guard let found = try latest(T.State.self) else { return try trainer.start() }
    if let difference = difference(of: found) {
      guard options.restart else {
        throw StageError(
          .configuration,
          "\(checkpoints.path) holds a checkpoint of step \(found.step) of other settings or inputs: expected "
            + "\(difference.expected), found \(difference.found). Give --restart to leave it behind and start "
            + "afresh, change them back, or give another --out.")
      }
      stage.log.info(
        .note, "Leaving a checkpoint of step \(found.step) behind: it belongs to other settings or inputs")
      ranks.meet()
      if ranks.isFirst { checkpoints.removeAll() }
      return try trainer.start()
    }
    try trainer.optimizer.parameters.load(found.table("weights"), path: found.path)
    try trainer.optimizer.loadMoments(
      found.names.filter { $0 == "optimizer" || $0.hasPrefix("optimizer-of-") }.sorted(), of: found)
    for (name, optimizer) in trainer.furtherOptimizers {
      try optimizer.parameters.load(found.table(name), path: found.path)
      try optimizer.momentParameters.load(found.table("\(name)-optimizer"), path: found.path)
    }
    for (name, parameters) in trainer.copies {
      try parameters.load(found.table(name), path: found.path)
    }
    trainer.resume(after: found.step, found.state)
    stage.log.info(.resume, "Continuing after step \(found.step)", ["step": "\(found.step)"])
  }

  /// The newest sound checkpoint, the same on all ranks.
  private func latest<State: TrainerState>(_ type: State.Type) throws -> Checkpoint<State>? {
    let found =
      ranks.isFirst ? checkpoints.latest(State.self, onDamage: { stage.log.warning($0) }) : nil
    let step = ranks.first(found?.step ?? -1)
    return step < 0 ? nil : try found ?? checkpoints.read(step)
  }

  /// Writes a checkpoint of the steps taken so far. Every rank writes the moments that it keeps, the first all else.
  func save(_ trainer: some Trainer) throws {
    let step = trainer.step
    let name = "optimizer-of-\(ranks.rank)"
    if ranks.isFirst {
      try checkpoints.save(
        step: step, shards: trainer.allTables(), state: trainer.state(of: provenance), provenance: provenance
      ) {
        ranks.meet()
        let contentIDs = ranks.gather("")
        return Dictionary(
          uniqueKeysWithValues: contentIDs.indices.dropFirst().map { ("optimizer-of-\($0)", contentIDs[$0]) })
      }
    } else {
      ranks.meet()
      let table = trainer.optimizer.momentTable
      _ = ranks.gather(try checkpoints.add(name, table, step: step, provenance: provenance))
    }
    stage.log.debug(.checkpoint, "Checkpoint of step \(step) written", ["step": "\(step)"])
  }

  /// Why a checkpoint is not one of this run, or nil if it is. The configuration decides algorithm, seed and
  /// precision as well.
  private func difference(of found: Checkpoint<some TrainerState>) -> (expected: String, found: String)? {
    guard found.configID == provenance.configID else {
      return ("configuration \(provenance.configID)", found.configID)
    }
    let (own, its) = (provenance.inputs, found.state.inputs)
    guard own != its else { return nil }
    func words(_ inputs: [Provenance.Input], without others: [Provenance.Input]) -> String {
      inputs.first { !others.contains($0) }.map { "\($0.role) \($0.name) with content \($0.contentID)" }
        ?? "\(inputs.count) inputs"
    }
    return (words(own, without: its), words(its, without: own))
  }
}
