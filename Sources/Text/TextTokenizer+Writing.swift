import Files

extension TextTokenizer {
  /// The tokenizer as a `tokenizer.json`, in the form and to the byte as Hugging Face's `tokenizers` writes it. It
  /// does not say that character references are resolved (`TextRules.htmlUnescapes`): that form has no word for it.
  public var json: String {
    var lines: [String] = [
      "{", #"  "version": "1.0","#, #"  "truncation": null,"#, #"  "padding": null,"#,
      #"  "added_tokens": ["#,
    ]
    for (index, id) in special.enumerated() {
      lines += [
        "    {", #"      "id": \#(id),"#, #"      "content": \#(quoted(tokens[id])),"#,
        #"      "single_word": false,"#, #"      "lstrip": false,"#, #"      "rstrip": false,"#,
        #"      "normalized": false,"#, #"      "special": true"#, "    }" + comma(index, special.count),
      ]
    }
    lines.append("  ],")
    lines += normalizer + preTokenizer
    lines.append(#"  "post_processor": null,"#)
    lines += Self.byteLevel(
      #""decoder": "#, prefixSpace: rules.prefixSpace, usesPattern: true, indent: 2, ",")
    lines += model
    lines.append("}")
    return lines.joined(separator: "\n")
  }

  private var normalizer: [String] {
    guard !rules.steps.isEmpty else { return [#"  "normalizer": null,"#] }
    var lines = [#"  "normalizer": {"#, #"    "type": "Sequence","#, #"    "normalizers": ["#]
    for (index, step) in rules.steps.enumerated() {
      lines.append("      {")
      switch step {
      case .composition: lines.append(#"        "type": "NFC""#)
      case .lowercase: lines.append(#"        "type": "Lowercase""#)
      case .whiteSpace:
        lines += [
          #"        "type": "Replace","#, #"        "pattern": {"#, #"          "Regex": "\\s+""#,
          "        },", #"        "content": " ""#,
        ]
      }
      lines.append("      }" + comma(index, rules.steps.count))
    }
    return lines + ["    ]", "  },"]
  }

  private var preTokenizer: [String] {
    let key = #""pre_tokenizer": "#
    guard rules.division == .clip else {
      return Self.byteLevel(
        key, prefixSpace: rules.prefixSpace, usesPattern: rules.division == .words, indent: 2, ",")
    }
    return [
      "  \(key){", #"    "type": "Sequence","#, #"    "pretokenizers": ["#, "      {",
      #"        "type": "Split","#, #"        "pattern": {"#,
      #"          "Regex": \#(quoted(TokenizerJSON.clipPattern))"#, "        },",
      #"        "behavior": "Removed","#, #"        "invert": true"#, "      },",
    ] + Self.byteLevel("", prefixSpace: false, usesPattern: true, indent: 6, "") + ["    ]", "  },"]
  }

  private static func byteLevel(
    _ key: String, prefixSpace: Bool, usesPattern: Bool, indent: Int, _ end: String
  ) -> [String] {
    let space = String(repeating: " ", count: indent)
    return [
      space + key + "{", space + #"  "type": "ByteLevel","#,
      space + #"  "add_prefix_space": \#(prefixSpace),"#, space + #"  "trim_offsets": true,"#,
      space + #"  "use_regex": \#(usesPattern)"#, space + "}" + end,
    ]
  }

  private var model: [String] {
    let suffix = rules.wordEnd.isEmpty ? "null" : quoted(rules.wordEnd)
    var lines = [
      #"  "model": {"#, #"    "type": "BPE","#, #"    "dropout": null,"#, #"    "unk_token": null,"#,
      #"    "continuing_subword_prefix": null,"#, #"    "end_of_word_suffix": \#(suffix),"#,
      #"    "fuse_unk": false,"#, #"    "byte_fallback": false,"#, #"    "ignore_merges": false,"#,
      #"    "vocab": {"#,
    ]
    for (id, token) in tokens.enumerated() {
      lines.append("      \(quoted(token)): \(id)\(comma(id, tokens.count))")
    }
    lines.append("    },")
    if merges.isEmpty { return lines + [#"    "merges": []"#, "  }"] }
    lines.append(#"    "merges": ["#)
    for (rank, merge) in merges.enumerated() {
      lines += [
        "      [", "        \(quoted(tokens[Int(merge.left)])),",
        "        \(quoted(tokens[Int(merge.right)]))",
        "      ]" + comma(rank, merges.count),
      ]
    }
    return lines + ["    ]", "  }"]
  }

  private func quoted(_ text: String) -> String { JSONValue.string(text).text }

  private func comma(_ index: Int, _ count: Int) -> String { index < count - 1 ? "," : "" }
}
