import Layers

/// The rows in front of an image that say what it is drawn from, where locations enter through tables: a class's row, or a
/// text's: a start token and T tokens, each with the vector of its place, where every padded place has a token of its own
/// (pipeline/method/text-to-image.md §2).
struct ConditionRows: Sendable {
  /// Rows of a condition.
  let count: Int
  /// Embeds classes, or the tokens of texts.
  let contents: Parameter
  /// Embeds the places of texts, where there are any.
  let places: Parameter?
  private let classes: Int
  private let text: TextSizes?

  init(_ configuration: AnyOrderConfiguration) {
    text = configuration.text
    classes = configuration.classes
    count = Self.count(configuration)
    contents = configuration.table(text == nil ? "cls_embedding.embedding_table.weight" : "text_emb.weight")
    places = text == nil ? nil : configuration.table("text_pos_emb.weight")
  }

  static func count(_ configuration: AnyOrderConfiguration) -> Int {
    configuration.text.map { $0.length + 1 } ?? 1
  }

  /// Writes the rows of a condition from `first` on.
  ///
  /// - Parameters:
  ///   - contents: the number that the layout gives the table `contents`.
  ///   - places: that of `places`.
  func write(
    _ condition: Condition, into rows: SequenceRows, at first: Int, contents: Int, places: Int
  ) {
    guard let text else {
      let label =
        switch condition {
        case .unconditional: classes
        case .label(let label): label
        case .text: preconditionFailure("a text for a model of classes")
        }
      precondition((0...classes).contains(label), "class \(label) of \(classes)")
      rows.set(first, rotary: 0, table: contents, row: label)
      return
    }
    // The start token is row 0, which pads never use.
    for place in 0...text.length {
      rows.set(
        first + place, rotary: 0, table: contents, row: place == 0 ? 0 : token(of: condition, at: place - 1))
      rows.add(first + place, table: places, row: place)
    }
  }

  /// The token at a place of a text, from 0 on; a padded place's own one behind the vocabulary.
  func token(of condition: Condition, at place: Int) -> Int {
    guard let text else { preconditionFailure("a model of classes has no texts") }
    var token = 0
    switch condition {
    case .unconditional: break
    case .label: preconditionFailure("a class for a model of texts")
    case .text(let tokens):
      precondition(tokens.count <= text.length, "\(tokens.count) tokens in a text of \(text.length)")
      if place < tokens.count { token = Int(tokens[place]) }
    }
    precondition(token < text.vocabulary, "token \(token) of a vocabulary of \(text.vocabulary)")
    return token == 0 ? text.vocabulary + place : token
  }
}

/// What rows are sums of where locations enter through tables: conditions, contents, grid rows and columns, and the places
/// of texts where there are any.
struct LocationTables: Sendable {
  let condition: ConditionRows
  let tables: [EmbeddingTable]
  let parameters: [Parameter]

  /// - Parameter positions: keys of the tables between contents and places.
  init(_ configuration: AnyOrderConfiguration, positions: [String]) {
    condition = ConditionRows(configuration)
    let contents = configuration.table(
      configuration.text == nil ? "tok_embeddings.weight" : "image_emb.weight")
    let others = positions.map(configuration.table) + (condition.places.map { [$0] } ?? [])
    tables =
      [.rows(of: condition.contents), .rows(of: contents, dropsOut: true)] + others.map { .rows(of: $0) }
    parameters = [condition.contents, contents] + others
  }
}

extension AnyOrderConfiguration {
  /// A table by its key. Embeddings of a model of texts do not decay; those of classes do, as RandAR's.
  fileprivate func table(_ name: String) -> Parameter {
    Parameter(name, shape: parameterShapes[name] ?? [], decays: text == nil)
  }
}
