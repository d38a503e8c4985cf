import Reporting
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

  /// An arm by its model and order, and by its own name too where another arm has the same of both.
  func title(ofArm arm: String) -> String {
    guard let title = plainTitle(ofArm: arm) else { return arm }
    let isShared = settings["arms"]?.object?.keys.contains { $0 != arm && plainTitle(ofArm: $0) == title }
    return isShared == true ? "\(title) (\(arm))" : title
  }

  private func plainTitle(ofArm arm: String) -> String? {
    guard let model = model(of: arm), let order = order(of: arm) else { return nil }
    let teacher = teacher(of: arm)
    return "\(title(ofModel: model)) · \(order)"
      + (teacher.isEmpty ? "" : ", \(title(ofModel: teacher)) teacher")
  }

  private func order(of arm: String) -> String? { settings["arms"]?[arm]?["order"]?.string }
  private func teacher(of arm: String) -> String { settings["arms"]?[arm]?["teacher"]?.string ?? "" }

  /// Whether an arm samples in a specialised order from a specialised model.
  func isSpecialised(_ arm: String) -> Bool { role(of: arm) == .specialised }

  /// What an arm stands for in the comparison that a run is made for.
  func role(of arm: String) -> ComparedArm.Role {
    switch (model(of: arm), order(of: arm)) {
    case ("distill", "greedy"): .specialised
    case ("anyorder-long", "random"): .control
    case ("raster-tuned", "raster"), ("raster-scratch", "raster"): .raster
    default: .other
    }
  }

  /// The role in words; empty for arms without one.
  func remark(on arm: String) -> String {
    switch role(of: arm) {
    case .specialised: "specialised"
    case .control: "control of equal steps"
    case .raster: "raster order"
    case .other: ""
    }
  }

  /// Arms as a verdict takes them: of the specialised ones first those whose locations a teacher chooses, by the
  /// policy that made the orders they learned.
  func inVerdict(_ arms: [String]) -> [String] {
    arms.filter { !teacher(of: $0).isEmpty } + arms.filter { teacher(of: $0).isEmpty }
  }

  /// Training steps behind a model, with those of the model it started from.
  func steps(of model: String) -> Int? {
    guard let own = settings[model]?["steps"]?.int else { return nil }
    let startsFresh = model == "anyorder" || model == "raster-scratch"
    return startsFresh ? own : settings["anyorder"]?["steps"]?.int.map { $0 + own }
  }
}
