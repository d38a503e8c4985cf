import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Files that are none, and links that lead nowhere or in circles, given to every program wherever it reads.
  @Suite struct HostileFilesTests {
    private static let configuration = "work/smoke/config/"

    /// A place with the settings of the smoke preset, a pipe `p` and what else is asked for.
    private static func place() throws -> Workplace {
      let place = try Workplace()
      try place.settings()
      try #require(mkfifo(place.file("p"), 0o600) == 0)
      return place
    }

    /// A sound shard whose header any reader can look at.
    private static func shard(_ path: String) throws {
      _ = try OrderTable(
        sampleIDs: [7], orders: [1, 0, 3, 2], confidences: [0.5, 0.5, 0.5, 1], gridHeight: 2, gridWidth: 2,
        tokensContentID: "ab", modelContentID: "cd"
      ).write(to: path, provenance: Provenance(stage: "test", algorithm: 1, configID: "c", seed: 0))
    }

    /// Runs a program that must end within a minute.
    static func run(_ words: [String], in place: Workplace) throws -> Command.Result? {
      let command = try Command([Workplace.binaries + "/" + words[0]] + words.dropFirst(), in: place.path)
      guard let result = command.wait(seconds: 60) else {
        Issue.record("\(words.joined(separator: " ")) hangs")
        command.signalGroup(SIGKILL)
        return nil
      }
      return result
    }

    private static func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    @Test(.timeLimit(.minutes(30)))
    func `a pipe is refused by every reader of every program, at once`() throws {
      let place = try Self.place()
      let config = Self.configuration
      for folder in ["data/train", "tokens", "run/config", "images/cat", "tars"] {
        try FileManager.default.createDirectory(atPath: place.file(folder), withIntermediateDirectories: true)
      }
      for name in [
        "data/train/tokens-00000-of-00001.shard", "data/train-images-idx3-ubyte.gz",
        "run/config/settings.json",
        "images/cat/a.png", "tars/a.tar", "p.npz", "p.safetensors", "p.shard", "p.png",
      ] {
        try #require(mkfifo(place.file(name), 0o600) == 0, "\(name)")
      }
      try Self.shard(place.file("s.shard"))
      let images = try JSONValue(parsing: try place.bytes(config + "tokenizer.json")).text
      for (file, source, path) in [
        ("folder", "folder", "images"), ("tar", "webdataset", "tars"), ("idx", "fashion-mnist", "data"),
      ] {
        let text = images.replacing("\"source\":\"shapes\"", with: "\"source\":\"\(source)\"")
          .replacing("\"path\":\"\"", with: "\"path\":\"\(path)\"")
          .replacing("\"train_images\":256", with: "\"train_images\":0")
        try Data(text.utf8).write(to: URL(filePath: place.file("\(file).json")))
      }
      let given = try JSONValue(parsing: try place.bytes(config + "samples-anyorder-random.json")).text
        .replacing("\"order\":\"random\"", with: "\"order\":\"given\"")
      try Data(given.utf8).write(to: URL(filePath: place.file("given.json")))
      let sample =
        "sample --config \(config)samples-anyorder-random.json --shard 00000-of-00002 --out o.shard"
      let edit =
        "sample inpaint --config \(config)samples-anyorder-random.json --model s.shard --tokenizer s.shard"
      let lines = [
        "tokenize fit --config p --out o.shard", "tokenize fit --config tar.json --out o.shard",
        "tokenize fit --config idx.json --out o.shard",
        "tokenize encode --config p --tokenizer p --split train --shard 00000-of-00002 --out o.shard",
        "tokenize encode --config \(config)tokens.json --tokenizer p --split train --shard 00000-of-00002 --out o.shard",
        "train-anyorder --config p --tokens data --out o.shard",
        "train-anyorder --config \(config)anyorder.json --tokens data --out o.shard",
        "distill --config p --tokens data --init p --out o.shard",
        "extract-orders --config p --model p --tokens p --out o.shard",
        "extract-orders --config \(config)orders.json --model p --tokens p --out o.shard",
        "extract-orders --config \(config)orders.json --model p --tokens s.shard --out o.shard",
        "\(sample) --model p --tokenizer p", "\(sample) --model s.shard --tokenizer p",
        "sample --config given.json --shard 00000-of-00002 --out o.shard --model s.shard --tokenizer s.shard --orders p",
        "\(edit) --image p --class 0 --mask-fraction 0.5 --out o.shard",
        "\(edit) --tokens s.shard --mask p --out o.shard",
        "\(edit) --tokens p.shard --mask-fraction 0.5 --out o.shard",
        "score likelihood --config p --model p --tokens data --out o.json",
        "score likelihood --config \(config)score.json --model p --tokens data --out o.json",
        "score features --config \(config)score.json --images test --network p --out o.shard",
        "score compare --config \(config)score.json --samples p.shard --out o.json",
        "score report --run run --out o.html",
        "score folders --real p --fake p --weights p", "score folders --real p.npz --fake p.npz",
        "score folders --quiet --real p.safetensors --fake p.safetensors",
        "score folders --real p.shard --fake p.shard",
        "shard verify p", "shard inspect p", "shard cat p", "shard diff p p", "shard agreement p p",
        "shard render p --out o.png", "shard trial --model p --tokens p",
        "shard import weights p --out o.shard",
        "shard export tensors p --out o.safetensors", "shard export codes p.shard --out o --layout randar",
      ]
      let before = place.folder.names
      for line in lines {
        guard let result = try Self.run(Self.words(line), in: place) else { continue }
        #expect(result.code == 74, "\(line): \(result.code) \(result.text)")
        #expect(
          result.error.contains("is a named pipe (FIFO), expected a regular file."),
          "\(line): \(result.error)")
        HostileSettingsTests.expectSentence(result.error, line)
        #expect(place.folder.names == before, "\(line) left something behind")
      }
      // A folder of pictures is listed by names; the pipe is met when it is read.
      if let result = try Self.run(Self.words("tokenize fit --config folder.json --out o.shard"), in: place) {
        #expect(result.code == 74 || result.code == 65, "\(result.text)")
      }
    }

    @Test(.timeLimit(.minutes(30)))
    func `a pipe, a device or a folder is never written to, and refused before any work`() throws {
      let place = try Self.place()
      try Self.shard(place.file("s.shard"))
      let config = Self.configuration
      for (line, target) in [
        ("tokenize fit --config \(config)tokenizer.json --out", "p"),
        ("extract-orders --config \(config)orders.json --model s.shard --tokens s.shard --out", "p"),
        (
          "sample --config \(config)samples-anyorder-random.json --shard 00000-of-00002 --model s.shard --tokenizer s.shard --out",
          "/dev/null"
        ),
        ("extract-orders --config \(config)orders.json --model s.shard --tokens s.shard --out", "data"),
      ] {
        guard let result = try Self.run(Self.words(line) + [target], in: place) else { continue }
        #expect(result.code == 74, "\(line) \(target): \(result.text)")
        HostileSettingsTests.expectSentence(result.error, line)
        #expect(result.error.contains(target), "\(result.error)")
      }
    }

    @Test(.timeLimit(.minutes(30))) func `a walk over a folder ends whatever links lie in it`() throws {
      let place = try Self.place()
      try FileManager.default.createDirectory(
        atPath: place.file("run/a/b"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: place.file("far"), withIntermediateDirectories: true)
      try Self.shard(place.file("run/a/orders-00000-of-00001.shard"))
      try Self.shard(place.file("far/orders-00000-of-00001.shard"))
      for (name, target) in [
        ("run/a/up", ".."), ("run/a/b/up", "../.."), ("run/a/b/self", "."), ("run/root", "/"),
        ("run/far", "../far"), ("run/far2", "../far"), ("run/loop", "loop"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: place.file(name), withDestinationPath: target)
      }
      for line in ["shard verify run", "shard inspect run", "shard verify run/", "shard verify run/a/up"] {
        guard let result = try Self.run(Self.words(line), in: place) else { continue }
        #expect(result.code == 0, "\(line): \(result.text)")
        // The folder that lies elsewhere is seen, once.
        if line == "shard verify run" {
          #expect(result.output.split(separator: "\n").count == 2, "\(result.text)")
        }
      }
      // A shard that is a link to nothing or to itself is a bad one, not none.
      try FileManager.default.createSymbolicLink(
        atPath: place.file("run/x.shard"), withDestinationPath: "x.shard")
      let loop = try #require(try Self.run(["shard", "verify", "run"], in: place))
      #expect(
        loop.code == 74 && loop.error.contains("run/x.shard: it is a link that leads back"), "\(loop.text)")
      try place.remove("run/x.shard")
      try FileManager.default.createSymbolicLink(
        atPath: place.file("run/x.shard"), withDestinationPath: "gone.shard")
      let gone = try #require(try Self.run(["shard", "verify", "run"], in: place))
      #expect(gone.code == 66 && gone.error.contains("run/x.shard does not exist"), "\(gone.text)")
    }

    @Test func `missing data is a missing input in every stage`() throws {
      let place = try Self.place()
      let config = Self.configuration
      for name in ["tokenizer", "tokens", "score"] {
        let text = try JSONValue(parsing: try place.bytes("\(config)\(name).json")).text
          .replacing("\"source\":\"shapes\"", with: "\"source\":\"folder\"")
          .replacing("\"path\":\"\"", with: "\"path\":\"nowhere\"")
        try Data(text.utf8).write(to: URL(filePath: place.file("\(name).json")))
      }
      for line in [
        "tokenize fit --config tokenizer.json --out o.shard",
        "tokenize encode --config tokens.json --tokenizer t.shard --split train --shard 00000-of-00002 --out o.shard",
        "tokenize encode --config \(config)tokens.json --tokenizer nowhere --split train --shard 00000-of-00002 --out o.shard",
        "train-anyorder --config \(config)anyorder.json --tokens nowhere --out o.shard",
        "distill --config \(config)distill.json --tokens nowhere --orders nowhere --init nowhere --out o.shard",
        "extract-orders --config \(config)orders.json --tokens nowhere --model nowhere --out o.shard",
        "sample --config \(config)samples-anyorder-random.json --model nowhere --tokenizer nowhere --shard 00000-of-00002 --out o.shard",
        "score likelihood --config \(config)score.json --model nowhere --tokens nowhere --out o.json",
        "score features --config \(config)score.json --samples nowhere --network nowhere --out o.shard",
        "score compare --config \(config)score.json --samples nowhere --out o.json",
        "score report --run nowhere --out o.html",
        "score folders --real nowhere --fake nowhere --weights nowhere",
        "shard verify nowhere", "shard inspect nowhere", "shard cat nowhere", "shard diff nowhere nowhere",
        "shard agreement nowhere nowhere", "shard trial --model nowhere --tokens nowhere",
        "shard render nowhere --out o.png", "shard import weights nowhere --out o.shard",
        "shard import codes nowhere --out o --shards 1 --split train --codebook-size 8",
        "shard export tensors nowhere --out o.safetensors",
        "shard export codes nowhere --out o --layout randar",
      ] {
        let before = place.folder.names
        let result = try #require(try Self.run(Self.words(line), in: place))
        #expect(result.code == 66, "\(line): \(result.code) \(result.text)")
        #expect(result.error.contains("nowhere"), "\(line): \(result.error)")
        HostileSettingsTests.expectSentence(result.error, line)
        #expect(place.folder.names == before, "\(line) left something behind")
      }
    }

    @Test func `orders are told by content, with any ends of lines and a byte order mark`() throws {
      let place = try SmokeRun.copy()
      let grid = try OrderTable(reading: place.file("work/smoke/orders/orders-00000-of-00002.shard"))
      let locations = grid.tokensPerImage
      let text = try JSONValue(parsing: try place.bytes("\(Self.configuration)samples-anyorder-random.json"))
        .text
        .replacing("\"order\":\"random\"", with: "\"order\":\"given\"")
        .replacing("\"images\":16", with: "\"images\":2")
      try Data(text.utf8).write(to: URL(filePath: place.file("given.json")))
      let order = (0..<locations).reversed().map(String.init)
      let list = "[" + order.joined(separator: ",") + "]"
      let line = order.joined(separator: " ")
      func samples(_ orders: String) throws -> Command.Result {
        try place.stage(
          "sample", "--config", "given.json", "--model", "work/smoke/anyorder/model.shard", "--tokenizer",
          "work/smoke/tokenizer/model.shard", "--shard", "00000-of-00002", "--out", "\(orders).out",
          "--orders",
          orders, "--force")
      }
      var ids: Set<String> = []
      for (name, content) in [
        ("list.txt", list), ("line.json", line), ("windows.txt", "# an order\r\n\(line)\r\n"),
        ("marked", "\u{FEFF}\(line)\n"), ("marked.json", "\u{FEFF}  \(list)\r\n"),
        ("old.shard", line.replacing(" ", with: ", ") + "\r"),
      ] {
        try Data(content.utf8).write(to: URL(filePath: place.file(name)))
        let result = try samples(name)
        #expect(result.code == 0, "\(name): \(result.text)")
        ids.insert(try ShardHeader.read(place.file(name + ".out")).contentID)
      }
      #expect(ids.count == 1, "every form gives the same samples")
      let shard = try Command.run(
        ["cp", "work/smoke/orders/orders-00000-of-00002.shard", "shard.txt"], in: place.path)
      #expect(shard.code == 0)
      #expect(try samples("shard.txt").code == 0)
      try Data("# an order\r\n\(line)\r\n\(line) x\r\n".utf8).write(to: URL(filePath: place.file("bad.txt")))
      let bad = try samples("bad.txt")
      #expect(bad.code == 65 && bad.error.contains("line 3 has 'x', expected a whole number"), "\(bad.text)")
    }
  }
}
