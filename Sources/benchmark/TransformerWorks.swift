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
      training, extraction, labelling, sampling("random", "random sampling", images: images),
      sampling("random-one", "random sampling", images: 1),
      sampling("random-guided", "random sampling, guided", images: images, guided: true),
      sampling("policy", "sampling by a policy", images: images, chooser: .policy),
      sampling("policy-one", "sampling by a policy", images: 1, chooser: .policy),
      sampling("greedy", "greedy sampling", images: images, chooser: .model),
      sampling("greedy-guided", "greedy sampling, guided", images: images, chooser: .model, guided: true),
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

  /// Extraction in which a policy chooses.
  var labelling: Work {
    let (model, images) = (model, images)
    return Work(
      id: "extract-policy", name: "extraction by a policy, \(Self.count(images))", amount: Double(images),
      unit: "images/s", operations: Double(images) * model.policy.configuration.orderedOperations,
      precisions: precisions, peer: nil
    ) { precision in
      let (tokens, _) = model.images(images)
      let extractor = PolicyOrderExtractor(policy: model.policy, batch: images, precision: precision)
      return { _ = extractor.extract(tokens: tokens, conditions: (0..<images).map(model.condition)) }
    }
  }

  /// Who says which location is next.
  enum Chooser { case order, policy, model }

  func sampling(
    _ id: String, _ name: String, images: Int, chooser: Chooser = .order, guided: Bool = false
  ) -> Work {
    let model = model
    let choice =
      switch chooser {
      case .order: configuration.orderedOperations
      case .policy: configuration.orderedOperations + model.policy.configuration.orderedOperations
      case .model: configuration.greedyOperations
      }
    // The unconditional branch is asked for the chosen location only.
    let operations = choice + (guided ? configuration.orderedOperations : 0)
    let scale = guided ? Self.guidance : 1
    return Work(
      id: id, name: "\(name), \(Self.count(images))", amount: Double(images), unit: "images/s",
      operations: Double(images) * operations, precisions: precisions,
      peer: chooser == .policy
        ? nil
        : PeerRequest(
          work: chooser == .model ? "greedy" : "random", images: images, guidance: Double(scale))
    ) { precision in
      let settings = GenerationSettings(
        sampler: TokenSampler(temperature: 1), guidanceStart: 1, guidanceEnd: scale)
      let generator = ImageGenerator(
        model: model.transformer, teacher: chooser == .policy ? model.policy : nil, settings: settings,
        batch: images, precision: precision)
      let requests = (0..<images).map { image in
        GenerationRequest(
          condition: model.condition(image), order: chooser == .order ? model.order(image) : nil,
          image: UInt64(image), seed: 1)
      }
      return { _ = generator.generate(requests) }
    }
  }

  private static func count(_ images: Int) -> String { images == 1 ? "one image" : "\(images) images" }
}
