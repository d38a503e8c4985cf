/// Command lines that must succeed in a finished run of the smoke preset, a copy of which is the folder `run`.
enum SoundCommands {
  private static let train = "run/tokens/train/tokens-00000-of-00002.shard"
  private static let test = "run/tokens/test/tokens-00000-of-00001.shard"
  private static let drawn =
    "--model run/distill/model.shard --tokenizer run/tokenizer/model.shard --threads 1 --out out/new.shard"
  private static let greedy = "--config run/config/samples-distill-greedy.json \(drawn)"
  private static let training = "--tokens run/tokens --out out/new.shard --threads 1 --restart"
  private static let samples = "run/samples/distill-greedy"

  private static func label(_ rule: RuleSettings, _ out: String = "out/new.shard") -> String {
    "--config \(rule.path) --model run/anyorder/model.shard --tokens \(test) --out \(out) --threads 1"
  }
  private static func shared(_ rule: RuleSettings, _ out: String) -> String {
    "--config \(rule.path) --model run/anyorder/model.shard --tokens run/tokens/train --out \(out) --threads 1"
      + (rule == .mean ? " --orders run/orders" : "")
  }
  private static let policy =
    "--config \(RuleSettings.policy.path) --model run/anyorder/model.shard --tokens run/tokens "
    + "--orders run/orders --validation-orders run/orders-test --threads 1 --restart"

  private static let score = "--config run/config/score.json --threads 1"
  private static let network = "--network odd/network.safetensors"
  private static func completion(_ shard: String) -> Invocation {
    Invocation(
      "sample inpaint",
      greedy.replacing("out/new.shard", with: "odd/edits/samples-\(shard).shard")
        + " --tokens run/tokens/test --images 2 --mask-fraction 0.5 --known-order greedy --shard \(shard)")
  }

  /// What some of the commands read has to be made by others first.
  static let preparation: [Invocation] = [
    Invocation("shard export tensors", "run/anyorder/model.shard --with-facts --out odd/model.safetensors"),
    Invocation("shard export codes", "run/tokens/test --layout llamagen --out odd/codes"),
    completion("00000-of-00002"), completion("00001-of-00002"),
    Invocation("extract-orders static", shared(.columns, RuleSettings.shared(.columns))),
    Invocation("extract-orders static", shared(.mean, RuleSettings.shared(.mean))),
    Invocation("distill policy", "\(policy) --out odd/policy.shard"),
    Invocation("shard random-weights", "--model efficientnet-lite0 --seed 1 --out odd/network.safetensors"),
    Invocation(
      "score features", "\(score) \(network) --images test --out odd/features/real-test.shard"),
    Invocation(
      "score features",
      "\(score) \(network) --tokens run/tokens/test --tokenizer run/tokenizer/model.shard "
        + "--out odd/features/reconstructions.shard"),
    Invocation(
      "score features", "\(score) \(network) --samples \(samples) --out odd/features/distill-greedy.shard"),
  ]

  static let all: [Invocation] = [
    Invocation(
      "tokenize fit", "--config run/config/tokenizer.json --out out/new.shard --threads 1 --restart"),
    Invocation(
      "tokenize encode",
      "--config run/config/tokens.json --tokenizer run/tokenizer/model.shard --split train "
        + "--shard 00000-of-00002 --out out/new.shard --threads 1"),
    Invocation("train-anyorder", "--config run/config/anyorder.json \(training)"),
    Invocation("train-anyorder", "--config run/config/raster-scratch.json \(training)"),
    Invocation(
      "extract-orders",
      "--config run/config/orders.json --model run/anyorder/model.shard --tokens \(test) --out out/new.shard "
        + "--threads 1 --verify"),
    Invocation("extract-orders", label(.rows)), Invocation("extract-orders", label(.entropy)),
    Invocation("extract-orders", label(.frontier)),
    Invocation("extract-orders", "\(label(.columns)) --static \(RuleSettings.shared(.columns))"),
    Invocation("extract-orders label", "\(label(.mean)) --static \(RuleSettings.shared(.mean))"),
    Invocation("extract-orders static", shared(.columns, "out/new.shard")),
    Invocation("extract-orders static", shared(.mean, "out/new.shard")),
    Invocation(
      "extract-orders",
      "--config run/config/orders.json --model run/anyorder/model.shard --policy odd/policy.shard "
        + "--tokens \(test) --out out/new.shard --threads 1"),
    Invocation("distill policy", "\(policy) --out out/new.shard"),
    Invocation("train-anyorder", "--config \(RuleSettings.kept.path) \(training)"),
    Invocation(
      "sample",
      "--config odd/config/samples-columns.json --orders \(RuleSettings.shared(.columns)) \(drawn) "
        + "--shard 00000-of-00002"),
    Invocation("shard inspect", RuleSettings.shared(.mean)),
    Invocation(
      "distill",
      "--config run/config/distill.json --orders run/orders --init run/anyorder/model.shard \(training)"),
    Invocation(
      "distill", "--config run/config/raster-tuned.json --init run/anyorder/model.shard \(training)"),
    Invocation("sample", "\(greedy) --shard 00000-of-00002 --png out/png"),
    Invocation("sample generate", "\(greedy) --class disc --images 4 --seed 3"),
    Invocation(
      "sample",
      "--config run/config/samples-distill-teacher.json --teacher run/anyorder/model.shard \(drawn) "
        + "--shard 00001-of-00002"),
    Invocation(
      "sample inpaint",
      "\(greedy) --tokens run/tokens/test --images 2 --mask-fraction 0.5 --known-order greedy --png out/png"),
    Invocation(
      "sample inpaint", "\(greedy) --image odd/image.png --class disc --mask odd/mask.png --dilate 1"),
    Invocation(
      "sample edit", "\(greedy) --tokens run/tokens/test --images 2 --rectangle 0,0,28,14 --class cross"),
    Invocation(
      "sample outpaint", "\(greedy) --tokens run/tokens/test --images 2 --extend right=3 --stride 2"),
    Invocation("sample outpaint", "\(greedy) --tokens run/tokens/test --images 2 --shift left=2"),
    Invocation(
      "score likelihood",
      "--config run/config/score.json --model run/distill/model.shard --tokens run/tokens/test "
        + "--out out/new.json --threads 1"),
    Invocation(
      "score compare",
      "--config run/config/score.json --samples \(samples) --tokens run/tokens/test --out out/new.json "
        + "--threads 1"),
    Invocation(
      "score compare",
      "\(score) --samples \(samples) --features odd/features --tokens run/tokens/test --out out/new.json"),
    Invocation("score features", "\(score) \(network) --images test --out out/new.shard"),
    Invocation(
      "score features",
      "\(score) \(network) --samples \(samples) --tokenizer run/tokenizer/model.shard --out out/new.shard"),
    Invocation("score editing", "\(score) --edits odd/edits --out out/new.json"),
    Invocation(
      "score folders",
      "--real odd/features/real-test.shard --fake odd/features/distill-greedy.shard "
        + "--against odd/features/distill-greedy.shard --permutations 3 --json out/new.json --threads 1"),
    Invocation(
      "score folders",
      "--real \(samples) --fake \(samples) --network lite0 --weights odd/network.safetensors --metrics fid kid "
        + "--cache out/cache --threads 1"),
    Invocation("score runs", "run run"),
    Invocation("score replicates", "run odd/again --out out/new.html"),
    Invocation("sample pictures", "\(samples) --png out/png"),
    Invocation(
      "score export", "--from odd/features/real-test.shard --layers lite0-1280 --statistics out/new.npz"),
    Invocation("score report", "--run run --out out/new.html"),
    Invocation("score export", "--from \(samples) --batch out/new.npz"),
    Invocation("shard inspect", "run/orders"),
    Invocation("shard inspect", "run/anyorder/model.shard --json"),
    Invocation("shard verify", "run/orders run/tokens/test"),
    Invocation("shard cat", "\(train) --from 3 --count 2"),
    Invocation("shard cat", "run/anyorder/model.shard --header"),
    Invocation(
      "shard render",
      "run/orders --tokens run/tokens/train --tokenizer run/tokenizer/model.shard --out out/new.png --count 4"
    ),
    Invocation("shard diff", "\(train) run/tokens/train/tokens-00001-of-00002.shard --tolerance 0.1"),
    Invocation(
      "shard agreement",
      "run/orders run/orders --tokens run/tokens/train --model run/anyorder/model.shard --threads 1 --json"),
    Invocation(
      "shard trial", "--model run/anyorder/model.shard --tokens \(train) --lazy 4:2 --images 2 --threads 1"),
    Invocation("shard export tensors", "run/distill/model.shard --out out/new.safetensors --with-facts"),
    Invocation("shard export codes", "run/tokens/train --layout llamagen --augmentations 1 --out out/codes"),
    Invocation("shard import weights", "odd/model.safetensors --out out/new.shard"),
    Invocation(
      "shard import codes",
      "odd/codes --tokenizer run/tokenizer/model.shard --split test --shards 2 --classes 4 --out out/tokens"),
    Invocation("shard random-weights", "--model efficientnet-lite0 --seed 1 --out out/new.safetensors"),
  ]
}
