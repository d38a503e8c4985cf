import Foundation

/// Why JSON is not the value that a program wants, in words: the place and what is wrong there.
public struct JSONDecodingFailure: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  init(_ error: DecodingError) {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "it"
        : "'" + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + "'"
    }
    switch error {
    case .keyNotFound(let key, let context):
      description = "\(place(context.codingPath + [key])) is missing"
    case .valueNotFound(let type, let context):
      description = "\(place(context.codingPath)) is null, expected \(Self.words(for: type))"
    case .typeMismatch(let type, let context):
      description = "\(place(context.codingPath)) is not \(Self.words(for: type))"
    case .dataCorrupted(let context):
      description = "\(place(context.codingPath)) has a value that is not known or too large"
    @unknown default:
      description = "a value is of the wrong kind"
    }
  }

  private static func words(for type: Any.Type) -> String {
    switch type {
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    default: "an object"
    }
  }
}
