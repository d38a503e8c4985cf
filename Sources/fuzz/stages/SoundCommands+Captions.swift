/// Command lines that must succeed in a finished run of the preset captions, a copy of which is the folder `run`.
extension SoundCommands {
  private static let fit = "--out out/new.shard --threads 1 --restart"
  private static let drawn =
    "--config run/config/samples-distill-greedy.json --model run/distill/model.shard "
    + "--tokenizer run/tokenizer/model.shard --threads 1 --out out/new.shard"
  private static let prompted = "--text-tokenizer run/text/tokenizer.shard --prompt"
  private static let samples = "run/samples/distill-greedy"
  private static let encoded =
    "--config run/config/tokens.json --tokenizer run/tokenizer/model.shard --out out/new.shard --threads 1"

  static let ofCaptions: [Invocation] =
    CaptionedData.allCases.flatMap { data in
      [
        Invocation("tokenize text fit", "--config \(data.settings) --out out/new.shard"),
        Invocation(
          "tokenize text encode",
          "--config \(data.settings) --tokenizer run/text/tokenizer.shard --split train --out out/new.shard"),
      ]
    } + [
      Invocation("tokenize text fit", "--config run/config/text.json --out out/new.shard"),
      Invocation(
        "tokenize text encode",
        "--config run/config/text.json --tokenizer run/text/tokenizer.shard --split test --out out/new.shard"),
      Invocation(
        "tokenize encode", "\(encoded) --split test --shard 00000-of-00001 --texts run/text/test.shard"),
      Invocation(
        "tokenize encode", "\(encoded) --split train --shard 00000-of-00002 --texts run/text/train.shard"),
      Invocation("train-anyorder", "--config run/config/anyorder.json --tokens run/tokens \(fit)"),
      Invocation(
        "extract-orders",
        "--config run/config/orders.json --model run/anyorder/model.shard "
          + "--tokens run/tokens/train/tokens-00000-of-00002.shard --out out/new.shard --threads 1 --verify"),
      Invocation(
        "distill",
        "--config run/config/distill.json --orders run/orders --init run/anyorder/model.shard "
          + "--tokens run/tokens \(fit)"),
      Invocation("sample", "\(drawn) --captions run/tokens/test --shard 00000-of-00001 --png out/png"),
      Invocation("sample", "\(drawn) \(prompted) dress --images 2"),
      Invocation("sample inpaint", "\(drawn) --tokens run/tokens/test --images 2 --mask-fraction 0.5"),
      Invocation(
        "sample edit", "\(drawn) --tokens run/tokens/test --images 2 --rectangle 0,0,32,16 \(prompted) bag"),
      Invocation("score classifier fit", "--config run/config/classifier.json \(fit)"),
      Invocation(
        "score sentences",
        "--config run/config/score.json --samples \(samples) --classifier run/classifier/model.shard "
          + "--out out/new.json --threads 1"),
      Invocation("shard inspect", "run/text"),
      Invocation("shard cat", "run/text/train.shard --from 1 --count 2"),
      Invocation("shard verify", "run/text run/tokens/train"),
      Invocation("shard export tokenizer", "run/text/tokenizer.shard --out out/tokenizer.json"),
      Invocation("shard import tokenizer", "odd/tokenizer.json --out out/new.shard"),
      Invocation("score report", "--run run --out out/new.html"),
    ]

  /// What the commands above read and has to be made first.
  static let preparationOfCaptions = [
    Invocation("shard export tokenizer", "run/text/tokenizer.shard --out odd/tokenizer.json")
  ]

  /// Commands of runs of both kinds.
  static let ofBoth: [Invocation] = [
    Invocation(
      "score information",
      "--config run/config/score.json --models run/anyorder/model.shard run/distill/model.shard "
        + "--tokens run/tokens/test --orders random --over raster --out out/new.json --threads 1"),
    Invocation(
      "score preference page",
      "--arms \(samples) run/samples/anyorder-random --pairs 2 --checks 1 --config run/config/score.json "
        + "--out out/new.html --threads 1"),
    Invocation(
      "score preference analyse",
      "--page odd/study.html --answers odd/answers.json --permutations 20 --json out/new.json --threads 1"),
  ]

  /// The page that somebody has answered.
  static let preparationOfBoth = [
    Invocation(
      "score preference page",
      "--arms \(samples) run/samples/anyorder-random --pairs 2 --checks 0 --out odd/study.html --threads 1")
  ]
}
