import Models
import Shards
import Training

extension TokenTable {
  /// What each image is drawn from by a model: its class, or the caption that orders are extracted for.
  public func conditions(for model: AnyOrderConfiguration) -> [Condition] {
    guard model.text != nil, let captions else { return labels.map { .label(Int($0)) } }
    var set = CaptionSet(length: captions.length, vocabularySize: captions.vocabularySize)
    set.append(counts: captions.counts, tokens: captions.tokens)
    return sampleIDs.indices.map { set.condition(of: $0, sample: sampleIDs[$0]) }
  }

  /// The words of these captions, record by record; empty where an image has none.
  public func words() -> [String] {
    guard let captions else { return [String](repeating: "", count: count) }
    var first = 0
    return zip(captions.counts, sampleIDs).map { count, sample in
      defer { first += Int(count) }
      return count == 0 ? "" : captions.texts[first + CaptionSet.choice(among: Int(count), sample: sample)]
    }
  }
}
