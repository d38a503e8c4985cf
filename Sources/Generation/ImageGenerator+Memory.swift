import Kernels
import Models

extension ImageGenerator {
  /// Bytes that generation takes for each image of a batch.
  /// - Parameter completing: whether images have known tokens, whose rows double those of a step at the most.
  public static func bytesPerImage(
    _ configuration: AnyOrderConfiguration, teacher: AnyOrderConfiguration?, settings: GenerationSettings,
    precision: Precision, completing: Bool = false
  ) -> Int {
    let own = DecodingSession.bytesPerSequence(configuration, precision: precision)
    let teachers = teacher.map { DecodingSession.bytesPerSequence($0, precision: precision) } ?? 0
    return (own * (settings.isGuided ? 2 : 1) + teachers) * (completing ? 2 : 1)
  }
}
