import StageKit
import Weights

extension CheckpointDirectory {
  /// Checks that checkpoints which lie there are this stage's own, since it removes old ones: those of another model
  /// in the same folder are not to be lost.
  /// - Throws: exit code 64.
  public func requireOwn(_ stage: StageRun) throws {
    guard let found = self.stage, found != stage.name else { return }
    throw StageError(
      .usage,
      "\(path) holds checkpoints of '\(found)', expected none or those of '\(stage.name)'. Give an --out in a folder "
        + "of its own.")
  }
}
