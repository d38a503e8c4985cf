import ArgumentParser
import Images
import Inspection
import Models
import Shards
import Weights

/// Where `shard render` takes images from: the shard itself, or tokens and an image tokenizer.
final class RenderSource {
  private let tokens: TokenSource?
  private let tokenizerPath: String?
  private var tokenizer: TokenizerFile?

  init(tokens: String?, tokenizer: String?) {
    self.tokens = tokens.map(TokenSource.init)
    tokenizerPath = tokenizer
  }

  /// The pictures of one file.
  ///
  /// - Parameters:
  ///   - label: draw this class only.
  ///   - skip: pictures still to be passed over; reduced by those that were.
  /// - Throws: `ShardError` or `FormatError` if a file is bad or does not belong to the others.
  func pictures(_ path: String, label: Int?, skip: inout Int, limit: Int) throws -> [OrderPicture] {
    switch try ShardHeader.peek(path).kind {
    case .samples:
      let table = try SampleTable(reading: path)
      return chosen(table.labels, table.count, label, &skip, limit).map { record in
        OrderPicture(
          image: Image(
            width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
            pixels: Array(table.image(of: record))),
          order: table.order(of: record), gridHeight: table.gridHeight,
          gridWidth: table.gridWidth)
      }
    case .tokens:
      let table = try TokenTable(reading: path)
      let records = chosen(table.labels, table.count, label, &skip, limit)
      return zip(records, try decode(table, records, path: path)).map {
        OrderPicture(image: $1, order: nil, gridHeight: table.gridHeight, gridWidth: table.gridWidth)
      }
    case .orders: return try pictures(ofOrders: path, label, &skip, limit)
    case .staticOrders:
      let table = try StaticOrderTable(reading: path)
      if label != nil { throw ValidationError("Shared orders are no images: leave --label out.") }
      return chosen([], table.count, nil, &skip, limit).map { record in
        OrderPicture(
          image: nil,
          order: table.orders[record * table.tokensPerImage..<(record + 1) * table.tokensPerImage].map(
            Int.init),
          gridHeight: table.gridHeight, gridWidth: table.gridWidth)
      }
    case .features, .weights, .texts, .textTokenizer, .progress:
      throw ShardError.mismatch(path: path, expected: "orders, samples or tokens", found: "another kind")
    }
  }

  private func pictures(
    ofOrders path: String, _ label: Int?, _ skip: inout Int, _ limit: Int
  ) throws -> [OrderPicture] {
    let table = try OrderTable(reading: path)
    func picture(_ record: Int, _ image: Image?) -> OrderPicture {
      OrderPicture(
        image: image, order: table.order(of: record), gridHeight: table.gridHeight,
        gridWidth: table.gridWidth)
    }
    guard let tokens else {
      if label != nil {
        throw ValidationError("Orders know no classes: --label needs --tokens.")
      }
      return chosen([], table.count, nil, &skip, limit).map { picture($0, nil) }
    }
    let (file, codes) = try tokens.table(of: table, path: path)
    let records = chosen(codes.labels, table.count, label, &skip, limit)
    return zip(records, try decode(codes, records, path: file)).map(picture)
  }

  /// The records to draw.
  private func chosen(_ labels: [UInt32], _ count: Int, _ label: Int?, _ skip: inout Int, _ limit: Int)
    -> [Int]
  {
    let records = (0..<count).filter { record in label.map { Int(labels[record]) == $0 } ?? true }
    let passed = min(skip, records.count)
    skip -= passed
    return Array(records.dropFirst(passed).prefix(limit))
  }

  private func decode(_ table: TokenTable, _ records: [Int], path: String) throws -> [Image] {
    guard let tokenizerPath else {
      throw ValidationError("Give --tokenizer, which decodes the tokens of \(path).")
    }
    let file = try tokenizer ?? TokenizerFile(reading: tokenizerPath)
    tokenizer = file
    let sizes = file.tokenizer.configuration
    guard table.codebook == file.contentID, sizes.locations == table.tokensPerImage,
      sizes.codes == table.codebookSize
    else {
      throw ShardError.mismatch(
        path: path, expected: "tokens of \(tokenizerPath) (\(short(file.contentID)))",
        found: "tokens of \(short(table.codebook))")
    }
    let codes = records.flatMap { table.tokens(of: $0) }
    let pixels = file.tokenizer.decode(codes: codes, count: records.count)
    return records.indices.map { index in
      Image(
        width: sizes.imageSize, height: sizes.imageSize, channels: sizes.imageChannels,
        pixels: Array(pixels[(index * sizes.imageValues)..<((index + 1) * sizes.imageValues)]))
    }
  }
}
