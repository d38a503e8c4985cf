import Foundation

/// A command line in parts, so that it can be changed and shown.
struct Invocation: Equatable {
  /// An option with what follows it, a flag, or a word that stands alone.
  struct Item: Equatable {
    var option: String?
    var values: [String]
  }

  let program: String
  let subcommand: [String]
  var items: [Item]
  /// Whether stdout is a device without room.
  var hasFullOutput = false

  /// - Parameters:
  ///   - name: the program and its subcommands, such as `shard export tensors`.
  ///   - rest: options and their values between blanks; values hold none.
  init(_ name: String, _ rest: String) {
    let words = name.split(separator: " ").map(String.init)
    program = words[0]
    subcommand = Array(words.dropFirst())
    items = []
    for word in rest.split(separator: " ").map(String.init) {
      if word.hasPrefix("--") {
        items.append(Item(option: word, values: []))
      } else if let last = items.indices.last, items[last].option != nil, items[last].values.isEmpty {
        items[last].values = [word]
      } else {
        items.append(Item(option: nil, values: [word]))
      }
    }
  }

  /// The program with its subcommands.
  var name: String { ([program] + subcommand).joined(separator: " ") }

  /// Everything behind the program.
  var words: [String] { subcommand + items.flatMap { ($0.option.map { [$0] } ?? []) + $0.values } }

  /// The values that are given, without options.
  var values: [String] { items.flatMap(\.values) }

  /// The value of the last such option.
  subscript(_ option: String) -> String? { items.last { $0.option == option }?.values.first }

  mutating func set(_ option: String, _ value: String) {
    if let index = items.firstIndex(where: { $0.option == option }) {
      items[index].values = [value]
    } else {
      items.append(Item(option: option, values: [value]))
    }
  }

  /// The line for a shell.
  func text(binaries: String) -> String {
    (["\(binaries)/\(program)"] + words).map(Self.quoted).joined(separator: " ")
      + (hasFullOutput ? " >/dev/full" : "")
  }

  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty && word.utf8.allSatisfy { $0.isPlain }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

extension UInt8 {
  /// Whether a shell takes this character as it is.
  fileprivate var isPlain: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
      || "-_./=,+:@".utf8.contains(self)
  }
}
