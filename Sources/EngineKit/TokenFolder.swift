import Files
import Models
import Shards
import Training
import Weights

/// The token shards of one split, read and joined.
public struct TokenFolder: Sendable {
  /// The folder.
  public let path: String
  public let data: TokenDataset
  public let inputs: [Provenance.Input]
  public let gridHeight: Int
  public let gridWidth: Int
  public let codebookSize: Int
  public let codebook: String
  public let classNames: [String]
  /// Content id of the text tokenizer of the captions; nil where there are none.
  public let textTokenizer: String?
  /// What the captions say, which a model of texts is conditioned on.
  private let captions: CaptionSet?
  /// What is said of the first images, as many as a model in training may be asked to draw: the words of the captions that
  /// are their conditions, "" for an image without one; empty where there are no captions.
  public let words: [String]
  /// Content ids by shard, to match orders with.
  public let contentIDs: [String]
  /// Images in each shard.
  public let counts: [Int]

  /// Reads `folder/tokens-*-of-*.shard`.
  ///
  /// - Parameters:
  ///   - role: what the shards are to the stage, for its provenance.
  ///   - split: `train` or `test`; tokens of the other one are refused.
  /// - Throws: `FileError.missing` when a shard is missing; `ShardError` when one is damaged, of the other split, of
  ///   other codes, grid or classes than the first, or holds an image that is there already.
  public init(_ folder: String, role: String, split: String) throws {
    path = folder
    var first: TokenTable?
    var inputs: [Provenance.Input] = []
    var counts: [Int] = []
    var seen: Set<UInt64> = []
    var (sampleIDs, labels, tokens) = ([UInt64](), [UInt32](), [UInt16]())
    var captions: CaptionSet?
    var words: [String] = []
    let paths = try ShardName.list(folder, kind: .tokens)
    // Room for all at once: arrays that grow take up to twice as much, and are copied each time.
    let total = try paths.reduce(0) { try $0 + ShardHeader.peek($1).records }
    for path in paths {
      let (table, header) = try TokenTable.read(path)
      let reference = first ?? table
      if first == nil {
        seen.reserveCapacity(total)
        sampleIDs.reserveCapacity(total)
        labels.reserveCapacity(total)
        tokens.reserveCapacity(total * reference.tokensPerImage)
      }
      first = reference
      try table.require(split: split, path: path)
      try table.check(belongsWith: reference, path: path)
      if let id = table.sampleIDs.first(where: { !seen.insert($0).inserted }) {
        throw ShardError.mismatch(
          path: path, expected: "images that no other shard of \(folder) holds", found: "sample \(id) again")
      }
      inputs.append(Provenance.Input(role: role, shard: path, header))
      counts.append(table.count)
      sampleIDs += table.sampleIDs
      labels += table.labels
      tokens += table.tokens
      if let found = table.captions {
        if captions == nil {
          captions = CaptionSet(length: found.length, vocabularySize: found.vocabularySize)
        }
        captions?.append(counts: found.counts, tokens: found.tokens)
        if words.count < TrainingSettings.mostSamples { words += table.words() }
      }
    }
    guard let first, !labels.isEmpty else {
      throw ShardError.mismatch(path: folder, expected: "at least one tokenised image", found: "none")
    }
    data = TokenDataset(
      sampleIDs: sampleIDs, labels: labels, tokens: tokens, locations: first.tokensPerImage)
    self.inputs = inputs
    self.counts = counts
    gridHeight = first.gridHeight
    gridWidth = first.gridWidth
    codebookSize = first.codebookSize
    codebook = first.codebook
    classNames = first.classNames
    textTokenizer = first.captions?.tokenizer
    self.captions = captions
    self.words = Array(words.prefix(TrainingSettings.mostSamples))
    contentIDs = inputs.map(\.contentID)
  }

  /// The sizes of the captions' texts; nil where there are none.
  public var text: TextSizes? {
    captions.map { TextSizes(vocabulary: $0.vocabularySize, length: $0.length) }
  }

  /// Data with what a model is conditioned on: the captions' texts, or classes alone.
  public func conditioned(_ data: TokenDataset, on text: TextSizes?) -> TokenDataset {
    var result = data
    result.captions = text == nil ? nil : captions
    return result
  }

  /// The data with the orders of a folder, shard by shard.
  ///
  /// - Parameter role: what the shards are to the stage, for its provenance.
  /// - Returns: the data, the orders' provenance, the content id of the model that made all of them, and by which rule.
  /// - Throws: `ShardError.mismatch` when orders belong to other tokens or images, or were not all extracted by
  ///   one model in one way.
  public func withOrders(_ folder: String, role: String = "orders") throws -> (
    data: TokenDataset, inputs: [Provenance.Input], model: String, rule: JSONValue?
  ) {
    let found = try orders(in: folder, role: role, mayBePartial: false)
    let joined = TokenDataset(
      sampleIDs: data.sampleIDs, labels: data.labels, tokens: data.tokens, orders: found.orders,
      locations: data.locations)
    return (joined, found.inputs, found.model, found.rule)
  }

  /// The orders of a folder, of some images of each shard or of all.
  /// - Throws: as `withOrders`, and `ShardError.mismatch` where no image has an order.
  public func ordered(by folder: String, role: String) throws -> OrderedImages {
    let found = try orders(in: folder, role: role, mayBePartial: true)
    guard !found.images.isEmpty else {
      throw ShardError.mismatch(path: folder, expected: "at least one order", found: "none")
    }
    return found
  }

  /// The images of such orders, with what a model of `text` or of classes is conditioned on.
  public func data(_ ordered: OrderedImages, on text: TextSizes?) -> TokenDataset {
    conditioned(data, on: text).images(ordered.images, withOrders: ordered.orders)
  }

  /// The orders of a folder, shard by shard, and the images that they are of.
  private func orders(in folder: String, role: String, mayBePartial: Bool) throws -> OrderedImages {
    let paths = try ShardName.list(folder, kind: .orders)
    guard paths.count == contentIDs.count else {
      throw ShardError.mismatch(
        path: folder, expected: "\(contentIDs.count) shards of orders, one for each of tokens",
        found: "\(paths.count)")
    }
    var orders: [UInt16] = []
    orders.reserveCapacity(data.tokens.count)
    var inputs: [Provenance.Input] = []
    var images: [Int] = []
    var first: OrderTable?
    var start = 0
    for (index, path) in paths.enumerated() {
      let (table, header) = try OrderTable.read(path)
      let reference = first ?? table
      first = reference
      images += try places(
        of: table, path: path, shard: index, images: start..<start + counts[index], mayBePartial: mayBePartial
      )
      guard table.modelContentID == reference.modelContentID else {
        throw ShardError.mismatch(
          path: path, expected: "orders by the model \(reference.modelContentID) as in \(paths[0])",
          found: "orders by \(table.modelContentID)")
      }
      guard table.lazy == reference.lazy else {
        throw ShardError.mismatch(
          path: path, expected: "orders extracted as those in \(paths[0])",
          found: "another 'refresh' or 'candidates'")
      }
      guard table.policyContentID == reference.policyContentID else {
        func words(_ policy: String?) -> String {
          policy.map { "by the policy \($0)" } ?? "by the model itself"
        }
        throw ShardError.mismatch(
          path: path, expected: "orders \(words(reference.policyContentID)) as in \(paths[0])",
          found: "orders \(words(table.policyContentID))")
      }
      guard table.rule == reference.rule, table.staticContentID == reference.staticContentID else {
        throw ShardError.mismatch(
          path: path,
          expected: "orders by the rule \(reference.rule?.text ?? "of equation (1)") as in \(paths[0])",
          found: table.rule == reference.rule
            ? "shared orders of another shard" : "orders by the rule \(table.rule?.text ?? "of equation (1)")"
        )
      }
      start += counts[index]
      orders += table.orders
      inputs.append(Provenance.Input(role: role, shard: path, header))
    }
    return OrderedImages(
      images: images, orders: orders, inputs: inputs, model: first?.modelContentID ?? "", rule: first?.rule)
  }

  /// Where the images of orders are in the data, checked to be those of one of the token shards, in its sequence.
  private func places(
    of orders: OrderTable, path: String, shard: Int, images: Range<Int>, mayBePartial: Bool
  ) throws -> [Int] {
    guard orders.tokensContentID == contentIDs[shard] else {
      throw ShardError.mismatch(
        path: path, expected: "orders of the tokens with content id \(contentIDs[shard])",
        found: "orders of \(orders.tokensContentID)")
    }
    guard orders.gridHeight == gridHeight, orders.gridWidth == gridWidth else {
      throw ShardError.mismatch(
        path: path, expected: "orders on the tokens' \(gridHeight)×\(gridWidth) grid",
        found: "a \(orders.gridHeight)×\(orders.gridWidth) grid")
    }
    guard orders.count == images.count || (mayBePartial && orders.count < images.count) else {
      throw ShardError.mismatch(
        path: path,
        expected:
          "\(images.count) orders\(mayBePartial ? " at most" : ""), one for each image of the token shard",
        found: "\(orders.count)")
    }
    var found: [Int] = []
    var next = images.lowerBound
    for (record, sample) in orders.sampleIDs.enumerated() {
      // Of some images, the next one with this sample; of all, the next one.
      let place =
        orders.count < images.count ? data.sampleIDs[next..<images.upperBound].firstIndex(of: sample) : next
      guard let place, data.sampleIDs[place] == sample else {
        throw ShardError.mismatch(
          path: path,
          expected: "the images of the token shard in the same sequence"
            + (place.map { ", sample \(data.sampleIDs[$0]) in record \(record)" } ?? ""),
          found: "sample \(sample)" + (place == nil ? " in record \(record)" : ""))
      }
      found.append(place)
      next = place + 1
    }
    return found
  }
}

/// Orders of some images of a folder of tokens.
public struct OrderedImages: Sendable {
  /// Places of the images in the folder's data.
  public let images: [Int]
  /// (images, N).
  public let orders: [UInt16]
  /// The order shards.
  public let inputs: [Provenance.Input]
  /// Content id of the model that extracted all of them.
  public let model: String
  /// The rule by which it did, as settings have it; nil for equation (1).
  public let rule: JSONValue?
}

/// The tokens of a run: its two splits, checked to belong together.
public struct TokenSplits: Sendable {
  public let train: TokenFolder
  public let test: TokenFolder

  /// Reads `folder/train` and `folder/test`.
  /// - Throws: `ShardError` for bad shards, or splits of different codes, grids or classes.
  public init(_ folder: String) throws {
    train = try TokenFolder(folder + "/train", role: "tokens", split: "train")
    test = try TokenFolder(folder + "/test", role: "validation", split: "test")
    guard train.codebook == test.codebook, train.codebookSize == test.codebookSize,
      train.gridHeight == test.gridHeight, train.gridWidth == test.gridWidth,
      train.classNames == test.classNames, train.textTokenizer == test.textTokenizer, train.text == test.text
    else {
      throw ShardError.mismatch(
        path: folder + "/test",
        expected: "tokens like those in \(folder)/train, \(train.description)", found: test.description)
    }
  }
}

extension TokenFolder {
  /// What must be equal of tokens that are used together.
  var description: String {
    "codebook \(codebook.isEmpty ? "unknown" : codebook) of \(codebookSize) codes, a \(gridHeight)×\(gridWidth) "
      + "grid and \(classNames.count) classes" + (text.map { ", captions of \($0.length) tokens" } ?? "")
  }
}

extension TokenTable {
  /// Checks that the tokens are of a split.
  /// - Throws: `ShardError.mismatch`.
  public func require(split: String, path: String) throws {
    guard self.split == split else {
      throw ShardError.mismatch(
        path: path, expected: "tokens of the split '\(split)'", found: "tokens of '\(self.split)'")
    }
  }

  /// Checks that tokens mean the same codes, places and classes as others.
  /// - Throws: `ShardError.mismatch`.
  public func check(belongsWith other: TokenTable, path: String) throws {
    guard codebook == other.codebook, codebookSize == other.codebookSize else {
      throw ShardError.mismatch(
        path: path, expected: "codes of codebook \(other.codebook)", found: "codebook \(codebook)")
    }
    guard gridHeight == other.gridHeight, gridWidth == other.gridWidth else {
      throw ShardError.mismatch(
        path: path, expected: "a \(other.gridHeight)×\(other.gridWidth) grid as its neighbours have",
        found: "a \(gridHeight)×\(gridWidth) grid")
    }
    guard classNames == other.classNames else {
      throw ShardError.mismatch(
        path: path, expected: "the \(other.classNames.count) classes of its neighbours",
        found: classNames.count == other.classNames.count ? "other ones" : "\(classNames.count)")
    }
    func words(_ captions: Captions?) -> String {
      captions.map { "captions of \($0.length) tokens by the text tokenizer \($0.tokenizer)" }
        ?? "no captions"
    }
    guard words(captions) == words(other.captions) else {
      throw ShardError.mismatch(
        path: path, expected: "\(words(other.captions)) as its neighbours have", found: words(captions))
    }
  }
}
