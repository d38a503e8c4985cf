import Models
import Orders
import Training
enum Precision: String, Codable, Sendable, CaseIterable {
  case float32, bfloat16
  static var available: [Precision] { allCases.filter { $0.unavailableReason == nil } }
  var unavailableReason: String? { self == .bfloat16 ? "this build has no oneDNN" : nil }
}
extension AnyOrderTrainer {
  convenience init(
    model: AnyOrderTransformer, settings: TrainingSettings, data: TokenDataset, precision: Precision
  ) { self.init(model: model, settings: settings, data: data) }
}
extension GreedyOrderExtractor {
  convenience init(model: AnyOrderTransformer, batch: Int, precision: Precision) {
    self.init(model: model, batch: batch)
  }
}
extension ImageGenerator {
  convenience init(
    model: AnyOrderTransformer, settings: GenerationSettings, batch: Int, precision: Precision
  ) { self.init(model: model, settings: settings, batch: batch) }
}
extension DecodingSession {
  convenience init(model: AnyOrderTransformer, sequences: Int, precision: Precision) {
    self.init(model: model, sequences: sequences)
  }
}
extension AnyOrderPass {
  convenience init(model: AnyOrderTransformer, capacity: Int, training: Bool, precision: Precision) {
    self.init(model: model, capacity: capacity, training: training)
  }
}
