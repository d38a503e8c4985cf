import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing
import Training

@Suite struct ClassifierTrainerTests {
  private static let configuration = ImageClassifierConfiguration(
    imageSize: 9, imageChannels: 1, classes: 3, channels: 4, multipliers: [1, 2], residualBlocks: 1, groups: 2
  )

  /// Images of 9x9 pixels with one bright row; the third that it lies in is the class.
  private static func rows(_ count: Int) -> (pixels: [UInt8], labels: [Int32]) {
    var (pixels, labels) = ([UInt8](), [Int32]())
    for index in 0..<count {
      var stream = RandomStream(seed: 4, purpose: "test.rows", UInt64(index))
      let (row, shade) = (stream.below(9), UInt8(100 + stream.below(150)))
      pixels += (0..<81).map { $0 / 9 == row ? shade : 0 }
      labels.append(Int32(row / 3))
    }
    return (pixels, labels)
  }

  private static func trainer(epochs: Int = 2) -> ClassifierTrainer {
    let (pixels, labels) = rows(100)
    return ClassifierTrainer(
      ImageClassifier(configuration: configuration), images: pixels, labels: labels,
      settings: EpochSettings(
        epochs: epochs, batch: 16, learningRate: 0.02, finalRate: 0.1, warmup: 4, weightDecay: 0.01, clip: 1,
        seed: 1))
  }

  private static func parameters(_ trainer: ClassifierTrainer) -> [Parameter] {
    trainer.classifier.parameters + trainer.optimizer.momentParameters
  }

  @Test func `training teaches which class an image is of`() throws {
    let trainer = Self.trainer(epochs: 25)
    #expect(trainer.stepsPerEpoch == 6 && trainer.totalSteps == 150)
    trainer.start()
    var reports: [ClassifierTrainer.EpochReport] = []
    while trainer.state.step < trainer.totalSteps {
      if let report = trainer.takeStep().epoch { reports.append(report) }
    }
    let held = Self.rows(160)
    let measured = ClassifierEvaluation(
      trainer.classifier, images: Array(held.pixels.suffix(60 * 81)), labels: Array(held.labels.suffix(60)))
    #expect(measured.accuracy > 0.9 && measured.crossEntropy < 0.4, "\(measured)")
    #expect(reports.map(\.epoch) == Array(1...25))
    #expect(try #require(reports.last).accuracy > 0.9 && reports[0].accuracy < 0.7)
  }

  @Test(arguments: [1, 6, 8]) func `a run continued from a checkpoint is the uninterrupted run`(_ stop: Int) {
    let (whole, first, second) = (Self.trainer(), Self.trainer(), Self.trainer())
    whole.start()
    first.start()
    for _ in 0..<stop { _ = first.takeStep() }
    for (target, source) in zip(Self.parameters(second), Self.parameters(first)) {
      target.value.copy(from: source.value)
    }
    second.resume(first.state)
    var (reports, continued) = ([ClassifierTrainer.EpochReport](), [ClassifierTrainer.EpochReport]())
    while whole.state.step < whole.totalSteps {
      if let report = whole.takeStep().epoch { reports.append(report) }
    }
    while second.state.step < second.totalSteps {
      if let report = second.takeStep().epoch { continued.append(report) }
    }
    #expect(Self.parameters(second).map(\.value.values) == Self.parameters(whole).map(\.value.values))
    #expect(second.state == whole.state)
    #expect(continued == reports.suffix(continued.count) && continued.count == (stop < 6 ? 2 : 1))
  }

  @Test func `the gradient is that of the mean cross-entropy`() {
    let classifier = ImageClassifier(configuration: Self.configuration)
    classifier.initialise(seed: 3)
    // Three images are a chunk of two and more: the mean is over all.
    let (pixels, labels) = Self.rows(6)
    let batch = Tensor([6, 9, 9, 1], values: ImageTokenizer.values(pixels[...]))
    let pass = ImageClassifierPass(classifier, images: 6)
    let result = pass.run(batch, labels: labels)
    let measured = ClassifierEvaluation(classifier, images: pixels, labels: labels)
    #expect(abs(result.loss - measured.crossEntropy) < 1e-5)
    #expect(Double(result.correct) / 6 == measured.accuracy)
    for parameter in classifier.parameters {
      expectDifferencesMatch(
        parameter.name, parameter.value, gradient: parameter.gradient, tolerance: 2e-2
      ) { ClassifierEvaluation(classifier, images: pixels, labels: labels).crossEntropy }
    }
  }

  @Test func `an evaluation counts by class`() {
    let classifier = ImageClassifier(configuration: Self.configuration)
    // All weights are 0 but one bias: every answer is the class 1.
    classifier.head.bias.value[1] = 2
    let (pixels, labels) = Self.rows(30)
    let measured = ClassifierEvaluation(classifier, images: pixels, labels: labels)
    #expect(measured.byClass == [0, 1, 0])
    #expect(measured.accuracy == Double(labels.count { $0 == 1 }) / 30)
  }

  @Test func `settings out of range are named`() {
    let settings = EpochSettings(
      epochs: 0, batch: 0, learningRate: .nan, finalRate: 2, warmup: -1, weightDecay: -1, clip: -1, seed: 0)
    #expect(
      settings.problems.map(\.key) == [
        "epochs", "batch", "learning_rate", "final_rate", "warmup", "weight_decay", "clip",
      ])
  }
}
