import Shards

/// Names of models and arms for readers, and the order in which they are shown.
struct RunTitles {
  let settings: JSONValue

  /// Models in the order of a run; others come behind by name.
  static let models = [
    "anyorder", "anyorder-long", "distill", "distill-direct", "raster-tuned", "raster-scratch",
  ]
  /// Arms in the order of the comparison: baselines, specialised, controls.
  static let arms = [
    "anyorder-random", "anyorder-raster", "anyorder-greedy", "distill-greedy", "distill-teacher",
    "distill-random",
    "distill-direct-greedy", "raster-tuned-raster", "raster-scratch-raster",
  ]

  static func sorted(_ names: some Sequence<String>, like order: [String]) -> [String] {
    names.sorted { a, b in
      let (first, second) = (order.firstIndex(of: a) ?? order.count, order.firstIndex(of: b) ?? order.count)
      return first != second ? first < second : a < b
    }
  }

  func title(ofModel model: String) -> String {
    switch model {
    case "anyorder": "any-order"
    case "anyorder-long": "any-order, trained on"
    case "distill": "distilled"
    case "distill-direct": "distilled without annealing"
    case "raster-tuned": "raster, fine-tuned"
    case "raster-scratch": "raster from scratch"
    default: model
    }
  }

  func model(of arm: String) -> String? { settings["arms"]?[arm]?["model"]?.string }

  func title(ofArm arm: String) -> String {
    guard let description = settings["arms"]?[arm], let model = description["model"]?.string,
      let order = description["order"]?.string
    else { return arm }
    let teacher = description["teacher"]?.string ?? ""
    return "\(title(ofModel: model)) · \(order)"
      + (teacher.isEmpty ? "" : ", \(title(ofModel: teacher)) teacher")
  }

  /// Whether an arm samples in a specialised order from a specialised model.
  func isSpecialised(_ arm: String) -> Bool {
    model(of: arm) == "distill" && settings["arms"]?[arm]?["order"]?.string == "greedy"
  }

  /// Training steps behind a model, with those of the model it started from.
  func steps(of model: String) -> Int? {
    guard let own = settings[model]?["steps"]?.int else { return nil }
    let startsFresh = model == "anyorder" || model == "raster-scratch"
    return startsFresh ? own : settings["anyorder"]?["steps"]?.int.map { $0 + own }
  }
}
