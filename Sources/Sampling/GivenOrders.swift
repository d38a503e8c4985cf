import EngineKit
import Files
import Models
import Shards
import StageKit
import Weights

/// Orders that a user gives: an order shard, a shard of shared orders, or a plain file with one order for all images or
/// one for each.
///
/// Content tells which, whatever the name is. A JSON file begins with `[` and is a list of locations, or a list of such
/// lists. Any other plain file is text: an order a line, locations between spaces or commas, from `#` on a remark.
/// Locations count row by row from 0. Lines may end as on Windows, and a byte order mark may come first.
struct GivenOrders {
  private let path: String
  private let source: Source

  private enum Source {
    /// An order for each image, of an order shard or of a plain file.
    case each([[Int]], isShard: Bool)
    /// That of every image.
    case one([Int])
    /// Those that images share by class or by chance.
    case shared(SharedOrders)
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let blanks = Array(" \t\r\n".utf8)

  /// - Parameters:
  ///   - rule: the rule of the settings, which shared orders must be by.
  ///   - file: the model that draws.
  /// - Throws: `ShardError`, or exit code 65 with the place of the first thing that is no order.
  init(reading path: String, by rule: RuleSection?, for file: TransformerFile, modelPath: String) throws {
    self.path = path
    let locations = file.model.configuration.locations
    let isShard = try Self.isShard(path)
    if isShard, try ShardHeader.peek(path).kind == .staticOrders {
      source = .shared(try SharedOrders(reading: path, for: file, modelPath: modelPath, rule: rule))
      return
    }
    if let rule {
      throw ShardError.mismatch(
        path: path, expected: "a shard of shared orders by the rule \(rule.fact.text)",
        found: isShard ? "another one" : "no shard")
    }
    if isShard {
      let table = try OrderTable(reading: path)
      guard table.tokensPerImage == locations else {
        throw ShardError.mismatch(
          path: path, expected: "orders of \(locations) locations", found: "orders of \(table.tokensPerImage)"
        )
      }
      source = .each((0..<table.count).map { table.order(of: $0) }, isShard: true)
      return
    }
    let bytes = try ReadableFile.bytes(of: path, atMost: 1 << 30).drop(ifStartingWith: Self.byteOrderMark)
    // An object is JSON too, though of no orders: the message then speaks of JSON.
    let isJSON = bytes.first { !Self.blanks.contains($0) }.map { Array("[{".utf8).contains($0) } ?? false
    let entries = try isJSON ? Self.json(bytes, path) : Self.lines(bytes, path)
    guard !entries.isEmpty else { throw Self.bad(path, "it holds no order") }
    for (place, order) in entries {
      guard order.count == locations else {
        throw Self.bad(path, "\(place) has \(order.count) locations, expected \(locations)")
      }
      var seen: Set<Int> = []
      if let wrong = order.first(where: { !(0..<locations).contains($0) || !seen.insert($0).inserted }) {
        throw Self.bad(
          path, "\(place) has \(wrong) \(seen.contains(wrong) ? "twice" : "outside 0 to \(locations - 1)")")
      }
    }
    source = entries.count == 1 ? .one(entries[0].order) : .each(entries.map(\.order), isShard: false)
  }

  /// Requires an order for each of so many images.
  func require(_ images: Int) throws {
    if case .each(let orders, let isShard) = source, orders.count < images {
      throw ShardError.mismatch(
        path: path,
        expected: "at least \(images) orders" + (isShard ? "" : ", or one for all"),
        found: "\(orders.count)")
    }
  }

  /// Whether which order an image has tells something of its class.
  var dependOnClass: Bool {
    if case .shared(let shared) = source { shared.orders.dependOnClass } else { false }
  }

  /// - Parameters:
  ///   - place: which of the orders, where each image has its own.
  ///   - image, seed: what a shared one is drawn by, where there are several for a condition.
  func order(at place: Int, _ condition: Condition, image: UInt64, seed: UInt64) -> [Int] {
    switch source {
    case .each(let orders, _): return orders[place]
    case .one(let order): return order
    case .shared(let shared):
      let label: Int? = if case .label(let label) = condition { label } else { nil }
      return shared.orders.order(forClass: label, seed: seed, image: image)
    }
  }

  /// The file as an input of what is made from it.
  static func input(_ path: String) throws -> Provenance.Input {
    if try isShard(path) { return try Provenance.Input(role: "orders", shard: path) }
    return try Provenance.Input(role: "orders", file: path)
  }

  /// Whether a file begins as shards do, with a skippable frame of zstd.
  private static func isShard(_ path: String) throws -> Bool {
    try ReadableFile(path).read(4) == [0x50, 0x2A, 0x4D, 0x18]
  }

  private static func bad(_ path: String, _ what: String) -> StageError {
    StageError(
      .badData,
      "\(path) is no file of orders: \(what). Give every location once, an order a line or a JSON list.")
  }

  private static func json(_ bytes: [UInt8], _ path: String) throws -> [(place: String, order: [Int])] {
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes) } catch { throw bad(path, "it is not JSON, \(error)") }
    if let order = value.ints, !order.isEmpty { return [("the list", order)] }
    let orders = (value.array ?? []).enumerated().compactMap { index, entry in
      entry.ints.map { ("list \(index + 1)", $0) }
    }
    guard let count = value.array?.count, orders.count == count else {
      throw bad(path, "expected a list of whole numbers or of such lists")
    }
    return orders
  }

  private static func lines(_ bytes: [UInt8], _ path: String) throws -> [(place: String, order: [Int])] {
    // In Swift a carriage return with its line feed is one character; `isNewline` is all kinds of ends of lines.
    let lines = String(decoding: bytes, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return try lines.enumerated().compactMap { index, line in
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "," || $0 == "\t" }
      guard !words.isEmpty else { return nil }
      let order = try words.map { word in
        guard let location = Int(word) else {
          throw bad(path, "line \(index + 1) has '\(word.prefix(20))', expected a whole number")
        }
        return location
      }
      return ("line \(index + 1)", order)
    }
  }
}

extension Array where Element == UInt8 {
  /// The bytes without some that may come first.
  fileprivate func drop(ifStartingWith prefix: [UInt8]) -> [UInt8] {
    starts(with: prefix) ? Array(dropFirst(prefix.count)) : self
  }
}
