import Foundation

/// Text on its way into HTML or SVG: every string that a page shows passes through here exactly once.
public enum Markup {
  /// The text with the five characters that mean something to HTML replaced; safe in elements and in quoted
  /// attributes.
  public static func escape(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Escaped prose in which `` `code` `` becomes code and `**words**` strong; an unpaired mark stays as it
  /// is.
  public static func prose(_ text: String) -> String {
    let parts = escape(text).components(separatedBy: "`")
    guard parts.count % 2 == 1 else { return strong(parts.joined(separator: "`")) }
    return parts.enumerated().map { index, part in
      index % 2 == 1 ? "<code>\(part)</code>" : strong(part)
    }.joined()
  }

  private static func strong(_ text: String) -> String {
    let parts = text.components(separatedBy: "**")
    guard parts.count % 2 == 1 else { return text }
    return parts.enumerated().map { index, part in
      index % 2 == 1 ? "<strong>\(part)</strong>" : part
    }.joined()
  }

  /// A name for an anchor: lower-case ASCII letters and digits joined by hyphens; `section` if nothing is
  /// left.
  static func anchor(_ text: String) -> String {
    let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "section" : words.joined(separator: "-")
  }
}
