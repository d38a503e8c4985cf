import Kernels
import Models
import Orders

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
