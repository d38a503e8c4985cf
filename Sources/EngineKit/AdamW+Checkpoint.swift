import Files
import Formats
import Shards
import Training
import Weights

extension AdamW {
  /// The moments that this rank keeps, under their names; those of a part of a parameter are `<name>@<start>`.
  var momentTable: WeightsTable {
    let tensors = momentPieces.map { piece in
      let values = UnsafeBufferPointer(piece.values)
      return NamedTensor(
        piece.isWhole ? piece.name : "\(piece.name)@\(piece.start)",
        shape: piece.isWhole ? piece.owner.shape : [values.count], lent: values, by: piece.owner)
    }
    return WeightsTable(tensors: tensors, model: .null)
  }

  /// Takes the moments that this rank keeps from the tables of a checkpoint, of however many ranks.
  /// - Throws: `FormatError.malformed` where one is missing or has no such place.
  func loadMoments(_ names: [String], of checkpoint: Checkpoint<some TrainerState>) throws {
    let pieces = momentPieces
    let byName = Dictionary(grouping: pieces.indices) { pieces[$0].name }
    let sizes = Dictionary(parameters.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
    var found = [Int](repeating: 0, count: pieces.count)
    for name in names {
      for tensor in try checkpoint.table(name).tensors {
        let parts = tensor.name.split(separator: "@", maxSplits: 1).map(String.init)
        let start = parts.count == 2 ? Int(parts[1]) ?? -1 : 0
        let count = tensor.withValues { $0.count }
        let parameter = parts[0].split(separator: ".").dropLast().joined(separator: ".")
        guard let total = sizes[parameter], start >= 0, start <= total - count else {
          throw FormatError.malformed(
            path: checkpoint.path,
            what: "its '\(name)' has '\(tensor.name)' of \(count) values, which the model lacks")
        }
        for index in byName[parts[0]] ?? [] {
          let piece = pieces[index]
          let common = (start..<start + count).clamped(to: piece.start..<piece.start + piece.values.count)
          guard !common.isEmpty else { continue }
          tensor.withValues { source in
            let part = UnsafeMutableBufferPointer(
              rebasing: piece.values[common.lowerBound - piece.start..<common.upperBound - piece.start])
            _ = part.update(from: source[common.lowerBound - start..<common.upperBound - start])
          }
          found[index] += common.count
        }
      }
    }
    if let index = pieces.indices.first(where: { found[$0] != pieces[$0].values.count }) {
      throw FormatError.malformed(path: checkpoint.path, what: "it lacks moments of '\(pieces[index].name)'")
    }
  }
}

extension MomentPiece {
  /// Whether it is all of its parameter.
  fileprivate var isWhole: Bool { values.count == total }
}
