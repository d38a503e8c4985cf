import Dispatch
import Foundation
import Models

/// The batches of a training run, each made on a thread of its own while the step before it computes.
///
/// Two are kept: the one that a step computes with and the one that is being made.
final class TrainingBatches {
  private let handover: BatchHandover
  /// Whether the thread was asked for a batch that nobody has waited for.
  private var isPreparing = false

  init(settings: TrainingSettings, data: TokenDataset, configuration: AnyOrderConfiguration) {
    let handover = BatchHandover(
      maker: BatchMaker(settings: settings, data: data, configuration: configuration),
      slots: (0..<2).map { _ in PreparedBatch(images: settings.batch, locations: data.locations) })
    self.handover = handover
    let thread = Thread { handover.serve() }
    thread.name = "batches"
    thread.start()
  }

  deinit {
    finishPreparing()
    handover.wanted = nil
    handover.asked.signal()
  }

  /// The batch of a step, as it was prepared or else made now. Valid until the step after next is prepared.
  func batch(at step: Int) -> PreparedBatch {
    finishPreparing()
    return handover.make(step)
  }

  /// Starts making the batch of the step after the one that is in use.
  func prepare(_ step: Int) {
    finishPreparing()
    handover.wanted = step
    isPreparing = true
    handover.asked.signal()
  }

  private func finishPreparing() {
    guard isPreparing else { return }
    handover.done.wait()
    isPreparing = false
  }
}

/// What the training thread and the preparing thread share: the latter works only between `asked` and `done`, the
/// former touches anything else but the batch in use only outside of that.
private final class BatchHandover: @unchecked Sendable {
  let asked = DispatchSemaphore(value: 0)
  let done = DispatchSemaphore(value: 0)
  /// The step to prepare; nil ends the thread.
  var wanted: Int?
  private let maker: BatchMaker
  private let slots: [PreparedBatch]

  init(maker: BatchMaker, slots: [PreparedBatch]) {
    self.maker = maker
    self.slots = slots
  }

  func make(_ step: Int) -> PreparedBatch {
    let slot = slots[step % 2]
    maker.fill(slot, step: step)
    return slot
  }

  func serve() {
    while true {
      asked.wait()
      guard let wanted else { return }
      _ = make(wanted)
      done.signal()
    }
  }
}
