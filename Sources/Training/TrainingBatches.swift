import Dispatch
import Models
import Orders
import Randomness

/// The batches of a training run, each prepared on another thread while the step before it computes.
///
/// A batch is a function of settings, data and step. Two are kept: the one that a step computes with and the one that
/// is being prepared. All of a batcher's state is touched on its queue only; a batch belongs to the caller until
/// another one is prepared in its place, two steps later.
final class TrainingBatches: @unchecked Sendable {
  /// What a step needs that does not depend on weights.
  final class Prepared {
    fileprivate(set) var step = -1
    fileprivate(set) var batch: AnyOrderBatch
    /// Mean distance between consecutive locations of the batch's orders, in grid cells.
    fileprivate(set) var stepDistance = 0.0

    fileprivate init(images: Int, locations: Int) {
      func zeros(_ count: Int) -> [Int32] { [Int32](repeating: 0, count: count) }
      batch = AnyOrderBatch(
        tokens: zeros(images * locations), labels: zeros(images), orders: zeros(images * locations))
    }
  }

  private let settings: TrainingSettings
  private let data: TokenDataset
  private let nullClass: Int32
  private let gridWidth: Int
  private let assignment: OrderAssignment
  private let slots: [Prepared]
  /// The images of the batch that is being filled.
  private var images: [Int]
  /// Epochs are keyed shuffles of the images, laid end to end.
  private var epoch = -1
  private var shuffled: [Int32]
  private let queue = DispatchQueue(label: "training.batches", qos: .utility)

  init(settings: TrainingSettings, data: TokenDataset, configuration: AnyOrderConfiguration) {
    precondition(data.count > 0 && data.count <= Int(Int32.max), "\(data.count) images cannot be trained on")
    self.settings = settings
    self.data = data
    nullClass = Int32(configuration.nullClass)
    gridWidth = configuration.gridWidth
    assignment = OrderAssignment(settings)
    slots = (0..<2).map { _ in Prepared(images: settings.batch, locations: data.locations) }
    images = [Int](repeating: 0, count: settings.batch)
    shuffled = [Int32](repeating: 0, count: data.count)
  }

  /// The batch of a step, as it was prepared or else made now. Valid until the next call but one.
  func batch(at step: Int) -> Prepared {
    queue.sync {
      fill(step)
      return slots[step % 2]
    }
  }

  /// Starts making the batch of a step, which must not be two steps from one that is in use.
  func prepare(_ step: Int) {
    queue.async { [self] in fill(step) }
  }

  private func fill(_ step: Int) {
    let slot = slots[step % 2]
    guard slot.step != step else { return }
    slot.step = step
    for row in images.indices { images[row] = image(at: step * settings.batch + row) }
    slot.batch.tokens.withUnsafeMutableBufferPointer { tokens in
      for (row, image) in images.enumerated() { data.writeCodes(of: image, into: cells(of: row, in: tokens)) }
    }
    slot.stepDistance = 0
    slot.batch.orders.withUnsafeMutableBufferPointer { orders in
      for (row, image) in images.enumerated() {
        let order = cells(of: row, in: orders)
        assignment.writeOrder(of: image, in: data, step: step, into: order)
        slot.stepDistance += GenerationOrder.meanStepDistance(order, gridWidth: gridWidth)
      }
    }
    slot.stepDistance /= Double(settings.batch)
    for (row, image) in images.enumerated() { slot.batch.labels[row] = label(of: image, step: step) }
  }

  private func cells(
    of row: Int, in values: UnsafeMutableBufferPointer<Int32>
  ) -> UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(rebasing: values[row * data.locations..<(row + 1) * data.locations])
  }

  private func label(of image: Int, step: Int) -> Int32 {
    var stream = RandomStream(
      seed: settings.seed, purpose: "train.class", UInt64(step), data.sampleIDs[image])
    return stream.uniform() < settings.classDropout ? nullClass : data.labels[image]
  }

  private func image(at position: Int) -> Int {
    let (number, index) = position.quotientAndRemainder(dividingBy: data.count)
    if epoch != number {
      epoch = number
      var stream = RandomStream(seed: settings.seed, purpose: "train.shuffle", UInt64(number))
      shuffled.withUnsafeMutableBufferPointer { stream.permute(into: $0) }
    }
    return Int(shuffled[index])
  }
}
