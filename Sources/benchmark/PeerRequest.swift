import Files

/// One line to the PyTorch peer: a work, and how much of it.
struct PeerRequest {
  let work: String
  let images: Int
  var guidance = 1.0

  func line(_ precision: String) -> JSONValue {
    [
      "work": .string(work), "precision": .string(precision), "images": .integer(images),
      "guidance": .number(guidance),
    ]
  }
}
