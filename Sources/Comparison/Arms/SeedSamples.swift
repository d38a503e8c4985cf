import Shards

/// The samples of one seed, joined where several shards share its images.
public struct SeedSamples {
  /// Its first shard.
  let path: String
  public private(set) var table: SampleTable
  private let configID: String
  private var shards = 1
  /// Sample ids of all parts so far.
  private var sampleIDs: Set<UInt64>

  /// Reads shards in the sequence of their split, in which those of a seed lie beside each other.
  ///
  /// - Returns: path and header of every file, and the samples by seed.
  /// - Throws: `ShardError`; `.mismatch` where parts of a seed are missing, there twice, of other settings or of
  ///   another number of images.
  public static func read(_ paths: [String]) throws -> (
    files: [(path: String, header: ShardHeader)], seeds: [SeedSamples]
  ) {
    var files: [(path: String, header: ShardHeader)] = []
    var seeds: [SeedSamples] = []
    for path in paths {
      let (table, header) = try SampleTable.read(path)
      files.append((path, header))
      if let part = table.part, part.range.count != table.count {
        throw ShardError.mismatch(
          path: path, expected: "\(part.range.count) images, as part \(part.place) of \(part.images) has",
          found: "\(table.count)")
      }
      if let last = seeds.indices.last, !seeds[last].isWhole {
        try seeds[last].append(table, header, path)
      } else {
        if let part = table.part, part.place.index > 0 {
          throw ShardError.mismatch(
            path: path, expected: "the first part of seed \(table.seed)", found: "part \(part.place)")
        }
        seeds.append(SeedSamples(path: path, table: table, configID: header.provenance.configID))
      }
    }
    if let last = seeds.last, !last.isWhole {
      throw ShardError.mismatch(
        path: last.path, expected: "all \(last.all) shards of seed \(last.table.seed)",
        found: "\(last.shards) of them")
    }
    return (files, seeds)
  }

  private init(path: String, table: SampleTable, configID: String) {
    self.path = path
    self.table = table
    self.configID = configID
    sampleIDs = Set(table.sampleIDs)
  }

  /// Shards that the seed has.
  private var all: Int { table.part?.place.count ?? 1 }
  private var isWhole: Bool { shards == all }

  private mutating func append(_ next: SampleTable, _ header: ShardHeader, _ path: String) throws {
    guard let part = table.part else { return }
    func words(_ seed: UInt64, _ index: Int?, _ part: SampleTable.Part?) -> String {
      guard let index, let part else { return "all images of seed \(seed)" }
      return "part \(index + 1) of \(part.place.count) of the \(part.images) images of seed \(seed)"
    }
    let expected = words(table.seed, shards, part)
    let found = words(next.seed, next.part?.place.index, next.part)
    guard expected == found else { throw ShardError.mismatch(path: path, expected: expected, found: found) }
    guard header.provenance.configID == configID, next.arm == table.arm, next.choice == table.choice,
      next.edit?.facts == table.edit?.facts
    else {
      throw ShardError.mismatch(
        path: path, expected: "images drawn with the settings of \(self.path)", found: "images of others")
    }
    guard sampleIDs.isDisjoint(with: next.sampleIDs) else {
      throw ShardError.mismatch(
        path: path, expected: "images that no other part of seed \(table.seed) holds",
        found: "some of them again")
    }
    guard next.bytesPerImage == table.bytesPerImage, next.tokensPerImage == table.tokensPerImage else {
      throw ShardError.mismatch(path: path, expected: "images of the size in \(self.path)", found: "others")
    }
    sampleIDs.formUnion(next.sampleIDs)
    table.append(next)
    shards += 1
  }
}
