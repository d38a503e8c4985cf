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

  /// The beginning of an offline page up to the end of its head.
  ///
  /// - Parameters:
  ///   - style: the style sheet.
  ///   - allowing: what the page may do besides showing its own images, in words of a content security policy. The
  ///     policy makes a promise binding: nothing comes from the network, and a page without a script runs none.
  static func opening(title: String, style: String, allowing: String? = nil) -> String {
    let policy =
      ["default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"] + [allowing].compactMap { $0 }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="generator" content="OrderedAR">
      <meta http-equiv="Content-Security-Policy" content="\(policy.joined(separator: "; "))">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escape(title))</title>
      <style>
      \(style)
      </style>
      </head>
      """
  }

  /// A name for an anchor: lower-case ASCII letters and digits joined by hyphens; `section` if nothing is
  /// left.
  static func anchor(_ text: String) -> String {
    let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "section" : words.joined(separator: "-")
  }
}
