import Foundation

/// A strict check that elements nest, attributes are quoted and text is escaped; enough for what pages
/// contain.
struct XMLCheck {
  /// The first fault with its surroundings; nil for well-formed text.
  let problem: String?

  private static let empty: Set<String> = ["meta", "img", "br", "!DOCTYPE"]

  init(_ text: String) {
    var open = [String]()
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 == "<" || $0 == ">" }) {
      guard rest[start] == "<", let end = rest[start...].firstIndex(of: ">") else {
        problem = "a stray bracket near \(rest[start...].prefix(60))"
        return
      }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" || $0 == "/" && tag.first == "/" })
      if tag.hasPrefix("/") {
        guard open.popLast() == String(tag.dropFirst()) else {
          problem = "</\(tag.dropFirst())> closes another element"
          return
        }
      } else if !tag.hasSuffix("/") && !Self.empty.contains(name) {
        open.append(name)
      }
      guard tag.count(where: { $0 == "\"" }) % 2 == 0 else {
        problem = "an unquoted attribute in <\(tag)>"
        return
      }
      // A style sheet is text of its own.
      if name == "style", let close = rest.range(of: "</style>") { rest = rest[close.lowerBound...] }
    }
    problem = open.isEmpty ? nil : "<\(open[open.count - 1])> is never closed"
  }
}
