import Models
import Orders
import Randomness

/// What a training step needs that does not depend on weights.
package final class PreparedBatch {
  fileprivate(set) var step = -1
  package fileprivate(set) var batch: AnyOrderBatch
  /// Mean distance between consecutive locations of the batch's orders, in grid cells.
  package fileprivate(set) var stepDistance = 0.0

  package init(images: Int, locations: Int) {
    func zeros(_ count: Int) -> [Int] { [Int](repeating: 0, count: count) }
    batch = AnyOrderBatch(
      tokens: zeros(images * locations),
      conditions: [Condition](repeating: .unconditional, count: images), orders: zeros(images * locations))
  }
}

/// Makes the batches of a training run, each a function of settings, data and step, in memory that is reused.
package final class BatchMaker {
  private let settings: TrainingSettings
  private let data: TokenDataset
  private let gridWidth: Int
  private let assignment: OrderAssignment
  /// The images of the batch that is being made.
  private var images: [Int]
  /// Epochs are keyed shuffles of the images, laid end to end.
  private var epoch = -1
  private var shuffled: [Int]

  package init(settings: TrainingSettings, data: TokenDataset, configuration: AnyOrderConfiguration) {
    precondition(data.count > 0, "there are no images to train on")
    self.settings = settings
    self.data = data
    gridWidth = configuration.gridWidth
    assignment = OrderAssignment(settings)
    images = [Int](repeating: 0, count: settings.batch)
    shuffled = [Int](repeating: 0, count: data.count)
  }

  /// Makes the batch of a step, unless it is there already.
  package func fill(_ prepared: PreparedBatch, step: Int) {
    guard prepared.step != step else { return }
    prepared.step = step
    for row in images.indices { images[row] = image(at: step * settings.batch + row) }
    prepared.batch.tokens.withUnsafeMutableBufferPointer { tokens in
      for (row, image) in images.enumerated() { data.writeCodes(of: image, into: cells(of: row, in: tokens)) }
    }
    prepared.stepDistance = 0
    prepared.batch.orders.withUnsafeMutableBufferPointer { orders in
      for (row, image) in images.enumerated() {
        let order = cells(of: row, in: orders)
        assignment.writeOrder(of: image, in: data, step: step, into: order)
        prepared.stepDistance += GenerationOrder.meanStepDistance(order, gridWidth: gridWidth)
      }
    }
    prepared.stepDistance /= Double(settings.batch)
    for (row, image) in images.enumerated() {
      prepared.batch.conditions[row] = condition(of: image, step: step)
    }
  }

  private func cells(
    of row: Int, in values: UnsafeMutableBufferPointer<Int>
  ) -> UnsafeMutableBufferPointer<Int> {
    UnsafeMutableBufferPointer(rebasing: values[row * data.locations..<(row + 1) * data.locations])
  }

  private func condition(of image: Int, step: Int) -> Condition {
    var stream = RandomStream(
      seed: settings.seed, purpose: "train.class", UInt64(step), data.sampleIDs[image])
    if stream.uniform() < settings.classDropout { return .unconditional }
    // An extracted order belongs to the caption that it was extracted for.
    return settings.objective == .orders
      ? data.condition(of: image) : data.condition(of: image, drawnBy: &stream)
  }

  private func image(at position: Int) -> Int {
    let (number, index) = position.quotientAndRemainder(dividingBy: data.count)
    if epoch != number {
      epoch = number
      var stream = RandomStream(seed: settings.seed, purpose: "train.shuffle", UInt64(number))
      shuffled.withUnsafeMutableBufferPointer { stream.permute(into: $0) }
    }
    return shuffled[index]
  }
}
