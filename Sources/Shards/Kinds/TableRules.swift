/// What contradicts the rules of a kind, in words that fit "expected …, found …".
public struct TableProblem: Error, Equatable, Sendable {
  public let expected: String
  public let found: String

  public init(expected: String, found: String) {
    self.expected = expected
    self.found = found
  }
}

/// Rules of columns that several kinds share. Readers and writers check the same ones, so that nothing is
/// published that `shard verify` refuses.
enum TableRules {
  /// Checks that no sample occurs twice.
  static func requireDistinct(_ sampleIDs: [UInt64]) throws(TableProblem) {
    var seen: Set<UInt64> = []
    seen.reserveCapacity(sampleIDs.count)
    for (record, id) in sampleIDs.enumerated() where !seen.insert(id).inserted {
      throw TableProblem(expected: "sample ids that differ", found: "\(id) a second time in record \(record)")
    }
  }

  /// Checks that labels name a class; without class names every label is accepted.
  static func requireLabels(_ labels: [UInt32], below classes: Int) throws(TableProblem) {
    guard classes > 0, let record = labels.firstIndex(where: { $0 >= classes }) else { return }
    throw TableProblem(expected: "labels below \(classes)", found: "\(labels[record]) in record \(record)")
  }

  /// Checks that tokens are codes of a codebook.
  static func requireCodes(_ tokens: [UInt16], below size: Int, perRecord: Int) throws(TableProblem) {
    guard let index = tokens.firstIndex(where: { $0 >= size }) else { return }
    throw TableProblem(
      expected: "tokens below the codebook size \(size)",
      found: "\(tokens[index]) in record \(index / perRecord)")
  }

  /// Checks that every row of `length` entries contains each of 0..<length once.
  static func requirePermutations(_ orders: [UInt16], length: Int) throws(TableProblem) {
    var seenInRow = [Int](repeating: -1, count: length)
    for (index, location) in orders.enumerated() {
      let (row, step) = index.quotientAndRemainder(dividingBy: length)
      let location = Int(location)
      guard location < length, seenInRow[location] != row else {
        let what = location < length ? "location \(location) twice" : "location \(location)"
        throw TableProblem(
          expected: "every order to be a permutation of 0..<\(length)",
          found: "\(what) in record \(row) at step \(step)")
      }
      seenInRow[location] = row
    }
  }

  /// Checks that confidences are probabilities.
  static func requireProbabilities(_ confidences: [Float], perRecord: Int) throws(TableProblem) {
    guard let index = confidences.firstIndex(where: { !($0 >= 0 && $0 <= 1.0001) }) else { return }
    throw TableProblem(
      expected: "confidences between 0 and 1",
      found: "\(confidences[index]) in record \(index / perRecord) at step \(index % perRecord)")
  }
}

extension UnsafeBufferPointer where Element == Float {
  /// The index of the first NaN or infinity; nil if all numbers are finite.
  public var firstNonFinite: Int? {
    // The largest magnitude, as bits, tells at the speed of memory; only a bad one is worth looking for.
    let largest = reduce(UInt32(0)) { Swift.max($0, $1.bitPattern & 0x7fff_ffff) }
    return largest < 0x7f80_0000 ? nil : firstIndex { !$0.isFinite }
  }
}

extension Sequence where Element == NamedTensor {
  /// The first number that is NaN or infinite: its tensor, its index there (row-major) and the number; nil if
  /// all are finite.
  public var firstNonFinite: (tensor: String, index: Int, value: Float)? {
    for tensor in self {
      let found = tensor.withValues { values in values.firstNonFinite.map { ($0, values[$0]) } }
      if let (index, value) = found { return (tensor.name, index, value) }
    }
    return nil
  }
}
