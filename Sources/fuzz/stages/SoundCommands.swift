/// Command lines that must succeed in a finished run of the smoke preset, a copy of which is the folder `run`.
enum SoundCommands {
  private static let train = "run/tokens/train/tokens-00000-of-00002.shard"
  private static let test = "run/tokens/test/tokens-00000-of-00001.shard"
  private static let drawn =
    "--model run/distill/model.shard --tokenizer run/tokenizer/model.shard --threads 1 --out out/new.shard"
  private static let greedy = "--config run/config/samples-distill-greedy.json \(drawn)"
  private static let training = "--tokens run/tokens --out out/new.shard --threads 1 --restart"
  private static let samples = "run/samples/distill-greedy"

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
