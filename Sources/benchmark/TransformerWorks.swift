import Generation
import Kernels
import Models
import Orders
import Training

/// Training, extraction and sampling of the transformer.
struct TransformerWorks {
  let model: RandomModel
  /// Images of a training step.
  let batch: Int
  /// Images decoded together.
  let images: Int
  let precisions: [Precision]

  /// Guided sampling runs from scale 1 to this one.
  private static let guidance: Float = 4

  private var configuration: AnyOrderConfiguration { model.configuration }

  var all: [Work] {
    [
      training, extraction, sampling("random", "random sampling", images: images),
      sampling("random-one", "random sampling", images: 1),
      sampling("random-guided", "random sampling, guided", images: images, guided: true),
      sampling("greedy", "greedy sampling", images: images, greedy: true),
      sampling("greedy-guided", "greedy sampling, guided", images: images, greedy: true, guided: true),
    ]
  }

  var training: Work {
    let (model, batch) = (model, batch)
    return Work(
      id: "train", name: "train step, batch \(batch)", amount: Double(batch * configuration.locations),
      unit: "image tokens/s", operations: Double(batch) * configuration.trainingOperations,
      precisions: precisions, peer: PeerRequest(work: "train", images: batch)
    ) { precision in
      let settings = TrainingSettings(
        objective: .random, steps: 1_000_000, batch: batch, learningRate: 1e-5)
      let trainer = AnyOrderTrainer(
        model: model.transformer, settings: settings, data: model.dataset(4 * batch), precision: precision)
      return { _ = trainer.takeStep() }
    }
  }

  var extraction: Work {
    let (model, images) = (model, images)
    return Work(
      id: "extract", name: "extraction, \(Self.count(images))", amount: Double(images), unit: "images/s",
      operations: Double(images) * configuration.greedyOperations, precisions: precisions,
      peer: PeerRequest(work: "extract", images: images)
    ) { precision in
      let (tokens, labels) = model.images(images)
      let conditions =
        model.configuration.text == nil ? labels.map(Condition.label) : (0..<images).map(model.condition)
      let extractor = GreedyOrderExtractor(model: model.transformer, batch: images, precision: precision)
      return { _ = extractor.extract(tokens: tokens, conditions: conditions) }
    }
  }

  func sampling(
    _ id: String, _ name: String, images: Int, greedy: Bool = false, guided: Bool = false
  ) -> Work {
    let model = model
    let choice = greedy ? configuration.greedyOperations : configuration.orderedOperations
    // The unconditional branch is asked for the chosen location only.
    let operations = choice + (guided ? configuration.orderedOperations : 0)
    let scale = guided ? Self.guidance : 1
    return Work(
      id: id, name: "\(name), \(Self.count(images))", amount: Double(images), unit: "images/s",
      operations: Double(images) * operations, precisions: precisions,
      peer: PeerRequest(work: greedy ? "greedy" : "random", images: images, guidance: Double(scale))
    ) { precision in
      let settings = GenerationSettings(
        sampler: TokenSampler(temperature: 1), guidanceStart: 1, guidanceEnd: scale)
      let generator = ImageGenerator(
        model: model.transformer, settings: settings, batch: images, precision: precision)
      let requests = (0..<images).map { image in
        GenerationRequest(
          condition: model.condition(image), order: greedy ? nil : model.order(image),
          image: UInt64(image), seed: 1)
      }
      return { _ = generator.generate(requests) }
    }
  }

  private static func count(_ images: Int) -> String { images == 1 ? "one image" : "\(images) images" }
}
