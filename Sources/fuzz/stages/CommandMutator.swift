import Files
import Foundation
import Randomness
import Shards

/// Turns sound commands into such that nobody meant. Command number n depends on the seed and n alone.
struct CommandMutator {
  let seed: UInt64
  let commands: [Invocation]
  let options: KnownOptions
  /// Files and folders that exist.
  let paths: [String]

  /// Where a changed configuration or shard is written before its command runs.
  static let changedSettings = "odd/changed.json"
  static let changedShard = "odd/changed.shard"
  /// Where a changed page, file of answers or tokenizer is written.
  static let changedFile = "odd/changed.file"

  /// Command number `index`; writes the file that it may need.
  func command(_ index: Int) throws -> Invocation {
    var random = RandomStream(seed: seed, purpose: "fuzz.stages", UInt64(index))
    var command = commands[random.below(commands.count)]
    let kind = random.below(10)
    if kind < 4, let config = command["--config"] {
      var mutator = SettingsMutator(RandomStream(seed: seed, purpose: "fuzz.settings", UInt64(index)))
      let settings = try JSONValue(parsing: try ReadableFile.bytes(of: config))
      try Data(mutator.changed(settings).utf8).write(to: URL(filePath: Self.changedSettings))
      command.set("--config", Self.changedSettings)
      if random.below(6) != 0 { return command }
    } else if kind == 4, try useChangedShard(&command, &random, index) {
      if random.below(6) != 0 { return command }
    } else if kind == 5, try useChangedFile(&command, index) {
      if random.below(6) != 0 { return command }
    }
    for _ in 0..<(random.below(3) == 0 ? 2 + random.below(3) : 1) { change(&command, &random) }
    command.hasFullOutput = random.below(20) == 0
    return command
  }

  private func change(_ command: inout Invocation, _ random: inout RandomStream) {
    let known = options.of(command)
    let place = command.items.isEmpty ? nil : command.items.indices[random.below(command.items.count)]
    switch random.below(14) {
    case 0: if let place { command.items.remove(at: place) }
    case 1:
      // The same option again, with another value.
      if let place {
        var item = command.items[place]
        if !item.values.isEmpty { item.values = [value(&random)] }
        command.items.append(item)
      }
    case 2:
      let others = command.items.indices.filter { !command.items[$0].values.isEmpty }
      if others.count > 1 {
        let (one, two) = (others[random.below(others.count)], others[random.below(others.count)])
        let values = command.items[one].values
        command.items[one].values = command.items[two].values
        command.items[two].values = values
      }
    case 3:
      // The output is an input.
      let inputs = command.values.filter { $0.contains("/") && !$0.hasPrefix("out/") }
      if let outputs = outputs(of: command).randomElement(&random), let input = inputs.randomElement(&random)
      {
        command.items[outputs].values = [input]
      }
    case 4:
      // The output is a file that is there, of whatever kind.
      if let output = outputs(of: command).randomElement(&random) {
        command.items[output].values = [OddValues.any(paths, &random)]
      }
    case 5, 6, 7:
      if !known.isEmpty {
        let option = known[random.below(known.count)]
        var values: [String] = []
        if !option.isFlag {
          values = [
            option.values.isEmpty || random.below(4) == 0
              ? value(&random) : OddValues.any(option.values, &random)
          ]
        }
        if random.below(2) == 0 { command.items.removeAll { $0.option == option.name } }
        command.items.append(Invocation.Item(option: option.name, values: values))
      }
    default:
      if let place, !command.items[place].values.isEmpty { command.items[place].values = [value(&random)] }
    }
  }

  private func outputs(of command: Invocation) -> [Int] {
    let names = ["--out", "--png", "--cache", "--batch", "--statistics", "--json"]
    return command.items.indices.filter {
      names.contains(command.items[$0].option ?? "") && !command.items[$0].values.isEmpty
    }
  }

  private func value(_ random: inout RandomStream) -> String {
    switch random.below(8) {
    case 0, 1: return OddValues.any(OddValues.numbers, &random)
    case 2: return OddValues.any(OddValues.texts, &random)
    case 3: return OddValues.any(paths, &random) + (random.below(6) == 0 ? "/" : "")
    case 4: return OddValues.any(paths.filter { $0.hasPrefix("odd/") }, &random)
    case 5:
      return ["odd/missing", "odd/missing/deep/file.shard", ".", "out", "run/", "odd/text.txt/x"][
        random.below(6)]
    default: return OddValues.any(paths.filter { $0.hasSuffix(".shard") }, &random)
    }
  }

  /// Replaces captions, a page, a file of answers or a tokenizer by one whose bytes are changed.
  private func useChangedFile(_ command: inout Invocation, _ index: Int) throws -> Bool {
    func changed(_ path: String, isArchive: Bool) throws -> Data {
      let number = seed &* 1_000_003 &+ UInt64(index)
      let sound = try ReadableFile.bytes(of: path)
      let repair = isArchive ? FuzzedFormat.tar.repair : nil
      var mutator = Mutator(seeds: [sound], seed: number, repair: repair)
      return Data(mutator.next())
    }
    if let data = CaptionedData.allCases.first(where: { $0.settings == command["--config"] }) {
      let bytes = try changed(data.file, isArchive: data == .archive)
      try bytes.write(to: URL(filePath: data.changed.file))
      command.set("--config", data.changed.settings)
      return true
    }
    let foreign = ["odd/study.html", "odd/answers.json", "odd/tokenizer.json"]
    let place = command.items.lastIndex { foreign.contains($0.values.first ?? "") }
    guard let place, let path = command.items[place].values.first else { return false }
    try changed(path, isArchive: false).write(to: URL(filePath: Self.changedFile))
    command.items[place].values = [Self.changedFile]
    return true
  }

  /// Replaces a model by one whose facts are changed and whose checksums are right.
  private func useChangedShard(
    _ command: inout Invocation, _ random: inout RandomStream, _ index: Int
  ) throws -> Bool {
    let places = command.items.indices.filter {
      command.items[$0].values.first?.hasSuffix("/model.shard") == true
    }
    guard let place = places.randomElement(&random), let path = command.items[place].values.first else {
      return false
    }
    let (table, header) = try WeightsTable.read(path)
    var mutator = SettingsMutator(RandomStream(seed: seed, purpose: "fuzz.shard", UInt64(index)))
    let extra = mutator.changedValue(.object(table.facts.merging(["model": table.model]) { $1 }))
    var facts = extra.object ?? [:]
    let model = facts.removeValue(forKey: "model") ?? .null
    try WeightsTable(tensors: table.tensors, model: model, facts: facts).writeUnchecked(
      to: Self.changedShard, provenance: header.provenance)
    command.items[place].values = [Self.changedShard]
    return true
  }
}

extension Array {
  /// Any of the elements; nil if there is none.
  fileprivate func randomElement(_ random: inout RandomStream) -> Element? {
    isEmpty ? nil : self[random.below(count)]
  }
}
