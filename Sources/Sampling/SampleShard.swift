import Shards
import StageKit

/// Which shard of samples is made: the seed, and which of its images.
///
/// The split of an arm has `sampling.shards` shards for each seed of `sampling.seeds`, those of a seed beside each
/// other. Image i has the same bytes in any of them.
package struct SampleShard {
  package let seed: UInt64
  /// The place in the split, as names and headers say it.
  package let place: ShardPart
  /// Which part of the seed's images.
  package let share: ShardPart

  /// - Parameters:
  ///   - shard: a place in the split; nil means all images of the first seed.
  ///   - given: a seed that no list has: then the split is that of its images alone.
  /// - Throws: exit code 78 for a place in a split of another count.
  package init(_ settings: SampleSettings, _ shard: String?, given: UInt64? = nil, config: String) throws {
    let (seeds, shards) = (settings.sampling.seeds, settings.sampling.shards ?? 1)
    let place = shard.map { ShardPart($0) } ?? ShardPart(index: 0, count: given == nil ? seeds.count : 1)
    guard let place else {
      throw Self.refusal(seeds, shards, shard ?? "none", config)
    }
    self.place = place
    if let given {
      seed = given
      share = place
    } else if shard == nil {
      seed = seeds[0]
      share = .whole
    } else {
      guard place.count == seeds.count * shards,
        let share = ShardPart(index: place.index % shards, count: shards)
      else { throw Self.refusal(seeds, shards, "\(place)", config) }
      seed = seeds[place.index / shards]
      self.share = share
    }
  }

  /// The positions of the shard's images among all of the seed.
  /// - Throws: exit code 64 for more shards than images.
  package func range(ofImages count: Int) throws -> Range<Int> {
    guard count >= share.count else {
      throw StageError(
        .usage, "--shard divides \(count) images into \(share.count) parts. Give as many parts at most.")
    }
    return share.range(ofRecords: count)
  }

  private static func refusal(_ seeds: [UInt64], _ shards: Int, _ found: String, _ config: String)
    -> StageError
  {
    StageError(
      .configuration,
      shards == 1
        ? "\(config) has \(seeds.count) seeds, found --shard \(found). Give a part of as many."
        : "\(config) has \(seeds.count) seeds of \(shards) shards each, found --shard \(found). "
          + "Give a part of \(seeds.count * shards).")
  }
}
