import Files

/// Files of scores as `score` writes them, of which a test gives what it looks at.
enum WrittenScores {
  private static let provenance: [String: JSONValue] = [
    "stage": "score", "algorithm": 2, "config_id": "", "seed": 1, "inputs": [],
  ]

  private static func whole(
    _ given: JSONValue?, _ usual: [String: JSONValue]
  ) -> JSONValue { .object(usual.merging(given?.object ?? [:]) { _, given in given }) }

  /// The score of an arm; its metrics need a name, a layer, a quantity, a reference, values and a mean.
  static func arm(_ given: [String: JSONValue]) -> JSONValue {
    var members = given
    members["provenance"] = whole(given["provenance"], provenance)
    members["counts"] = whole(given["counts"], ["generated": [], "classes": 1])
    members["extractor"] = given["extractor"].map {
      whole($0, ["name": "layer", "dimension": 8, "resize": "resize"])
    }
    members["metrics"] = .array(
      (given["metrics"]?.array ?? []).map { entry in
        whole(entry, ["dimension": 8, "raw": entry["values"] ?? [], "jackknife_error": .null, "floors": [:]])
      })
    let step: JSONValue = [
      "name": "d", "values": [], "mean": 0, "standard_error": .null, "interval_95": [0, 0],
    ]
    return whole(
      .object(members), ["arm": "arm", "seeds": [], "step_distance": step, "warnings": [], "schema": 1])
  }

  /// The likelihood of a model; means by order need no more than that.
  static func likelihood(_ given: [String: JSONValue]) -> JSONValue {
    let spread: [String: JSONValue] = ["mean": 0, "standard_error": .null, "interval_95": [0, 0]]
    var members = given
    members["provenance"] = whole(given["provenance"], provenance)
    members["bits_per_token"] = .object(
      (given["bits_per_token"]?.object ?? [:]).mapValues { whole($0, spread) })
    let gain: JSONValue = ["nats_per_token": .object(spread), "nats_per_image": 0]
    return whole(
      .object(members),
      [
        "tokens_per_image": 4, "gain_of_greedy_over_raster": gain, "greedy_step_distance": .object(spread),
        "schema": 1,
      ])
  }
}
