import Foundation
import Shards
import StageKit
import Weights

/// The classes that a model draws, by which users name them.
package struct ModelClasses {
  package let count: Int
  /// Empty where the classes have no names.
  private let names: [String]

  package init(_ file: TransformerFile) {
    self.init(count: file.model.configuration.classes, names: file.classNames)
  }

  private init(count: Int, names: [String]) {
    self.count = count
    self.names = names
  }

  /// Takes them from the header alone, before the work begins.
  /// - Throws: as `TransformerFile` for a shard that holds no transformer.
  package init(peeking path: String) throws {
    let extra = try ShardHeader.peek(path).extra
    guard let count = extra["model"]?["classes"]?.int, count >= 0 else {
      self.init(try TransformerFile(reading: path))
      return
    }
    self.init(count: count, names: extra["class_names"]?.strings ?? [])
  }

  /// The number of a class.
  /// - Parameter text: its number from 0 or its name, in any case.
  /// - Throws: exit code 64 with the names that there are.
  package func number(of text: String) throws -> Int {
    if let number = found(text) { return number }
    guard count > 0 else {
      throw StageError(
        .usage,
        "--class needs a model of classes, and this one is of captions, found '\(text)'. Give --prompt.")
    }
    let listed = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    throw StageError(
      .usage,
      "--class must be one of the model's \(count) classes, by number from 0 or by name"
        + (names.isEmpty ? "" : " (\(listed))") + ", found '\(text)'.")
  }

  /// The numbers of one class or of several with commas between them. A name may have commas itself.
  /// - Throws: as `number(of:)`.
  package func numbers(of text: String) throws -> [Int] {
    if let number = found(text) { return [number] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      try number(of: part.trimmingCharacters(in: .whitespaces))
    }
  }

  private func found(_ text: String) -> Int? {
    let number =
      names.firstIndex(of: text) ?? names.firstIndex { $0.lowercased() == text.lowercased() } ?? Int(text)
    return number.flatMap { (0..<count).contains($0) ? $0 : nil }
  }
}
