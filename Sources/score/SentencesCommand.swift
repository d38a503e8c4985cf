import ArgumentParser
import Comparison
import EngineKit
import Files
import Images
import Shards
import StageKit
import Weights

/// `score sentences`: do pictures show what their sentences say?
struct SentencesCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "sentences",
    abstract: "Measures whether pictures show what their sentences say.",
    discussion: """
      For pictures of tinted garments: the garment's colour and the background's are
      measured from pixels, the class by a classifier that 'score classifier fit' made
      of the same data. Rows of their own have the pairs of class and colour that no
      training picture shows; the ceiling is the same measure of real test pictures.

      EXAMPLE:
        score sentences --config work/captions/config/score.json \\
          --samples work/captions/samples/distill-greedy \\
          --classifier work/captions/classifier/model.shard \\
          --out work/captions/sentences/distill-greedy.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and score.")
  var config: String

  @Option(help: "Sample shards drawn from sentences, or a folder of pictures with text files beside them.")
  var samples: String

  @Option(help: "Weights shard of the classifier.")
  var classifier: String

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws { _ = try ScoreSettings.load(path) }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      try stage.check(out, .json(key: "sentence_accuracy"), inputs: [config, samples, classifier])
      let arm = try ArmPictures(samples)
      let test = try ImageInput(settings.data, split: .test, log: stage.log)
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed,
        inputs: arm.inputs + [
          try Provenance.Input(role: "classifier", shard: classifier), try test.provenance(0..<test.count),
        ])
      try stage.publish(to: out, provenance) {
        stage.configureThreads()
        let score = try SentenceScore(try ClassifierFile(reading: classifier), path: classifier)
        let progress = Progress(
          "score sentences", total: arm.count + test.count, unit: "images", log: stage.log, options: options)
        let record = try score.record(of: arm, real: test.images) { done in
          progress.advance(by: done)
          try StopRequest.check()
        }
        progress.finish()
        return (record, arm.count)
      }
    }
  }
}
