import Foundation
import Reporting

/// Names of models and arms for readers, what they stand for, and the order in which they are shown: all from the
/// settings of the runs, the first of which wins.
struct RunTitles {
  private let settings: [RunSettings]
  private let models: [RunModel]

  init(_ runs: [RunFolder]) {
    settings = runs.map(\.settings)
    models = runs.reduce(into: []) { found, run in
      found += run.models.filter { model in !found.contains { $0.name == model.name } }
    }
  }

  private func entry(_ model: String) -> RunModel? { models.first { $0.name == model } }

  // MARK: sequence

  private func rank(_ model: String?) -> Int { models.firstIndex { $0.name == model } ?? models.count }

  /// Models in the order of the runs' lists; others come behind by name.
  func sorted(models names: some Sequence<String>) -> [String] {
    names.sorted { (rank($0), $0) < (rank($1), $1) }
  }

  /// Arms by their models. Of one model, first in the order that it was trained for, then in others, those that choose
  /// for themselves before those with a teacher; then by name, numbers in it by their size.
  func sorted(arms names: some Sequence<String>) -> [String] {
    func key(_ arm: String) -> (Int, Int, Int) {
      let own = model(of: arm).flatMap { entry($0)?.order }
      let orders = [own] + PredictionOrders.usual
      return (
        rank(model(of: arm)), orders.firstIndex(of: order(of: arm)) ?? orders.count,
        teacher(of: arm).isEmpty ? 0 : 1
      )
    }
    return names.sorted {
      let (first, second) = (key($0), key($1))
      return first == second ? $0.compare($1, options: .numeric) == .orderedAscending : first < second
    }
  }

  // MARK: names

  func title(ofModel model: String) -> String { entry(model)?.title ?? model }

  private func arm(_ name: String) -> RunSettings.Arm? { settings.lazy.compactMap { $0.arms[name] }.first }

  func model(of arm: String) -> String? { self.arm(arm)?.model }
  private func order(of arm: String) -> String? { self.arm(arm)?.order }
  private func teacher(of arm: String) -> String { self.arm(arm)?.teacher ?? "" }

  /// An arm by its model and order, and by its own name too where another arm has the same of both.
  func title(ofArm arm: String) -> String {
    guard let title = plainTitle(ofArm: arm) else { return arm }
    let isShared = settings.contains {
      $0.arms.keys.contains { $0 != arm && plainTitle(ofArm: $0) == title }
    }
    return isShared ? "\(title) (\(arm))" : title
  }

  private func plainTitle(ofArm arm: String) -> String? {
    guard let model = model(of: arm), let order = order(of: arm) else { return nil }
    let teacher = teacher(of: arm)
    if self.arm(arm)?.followsPolicy == true { return "\(title(ofModel: model)) · policy" }
    return "\(title(ofModel: model)) · \(order)"
      + (teacher.isEmpty ? "" : ", \(title(ofModel: teacher)) teacher")
  }

  // MARK: roles

  /// Whether an arm samples in a specialised order from a specialised model.
  func isSpecialised(_ arm: String) -> Bool { role(of: arm) == .specialised }

  /// Whether a model is one that specialised arms sample from.
  func isSpecialised(model: String) -> Bool { entry(model)?.role == .specialised }

  /// What an arm stands for in the comparison that a run is made for: its model's role, in the order that the model was
  /// trained for. An arm with a temperature, guidance or steps of its own stands for nothing: its difference is not that
  /// of orders alone.
  func role(of arm: String) -> ComparedArm.Role {
    guard let model = model(of: arm).flatMap({ entry($0) }), model.order == order(of: arm),
      self.arm(arm)?.drawsInItsOwnWay != true
    else { return .other }
    return model.armRole
  }

  /// The role in words; empty for arms without one.
  func remark(on arm: String) -> String {
    switch role(of: arm) {
    case .specialised: "specialised"
    case .control: "control of equal steps"
    case .raster: "raster order"
    case .fixed: "fixed order"
    case .other: ""
    }
  }

  /// Arms as a verdict takes them: of the specialised ones first those whose locations a teacher chooses, by the
  /// policy that made the orders they learned.
  func inVerdict(_ arms: [String]) -> [String] {
    arms.filter { !teacher(of: $0).isEmpty } + arms.filter { teacher(of: $0).isEmpty }
  }

  /// The arms that the comparison is about: the specialised ones as a verdict takes them, then the control.
  func principal(_ arms: [String]) -> [String] {
    inVerdict(arms).filter { isSpecialised($0) } + arms.filter { role(of: $0) == .control }
  }

  /// Whether a model was trained for orders of images, by equation (1) or a rule.
  func learnsOrders(_ model: String) -> Bool {
    entry(model).map { !$0.order.isEmpty && !["raster", "random"].contains($0.order) } ?? false
  }

  /// The arms of a model that draw in the order which it was trained for.
  func ownArms(of model: String, among arms: [String]) -> [String] {
    inVerdict(arms.filter { self.model(of: $0) == model && order(of: $0) == entry(model)?.order })
  }

  /// Training steps behind a model, with those of the model it started from.
  func steps(of model: String) -> Int? { steps(of: model, continued: []) }

  /// A model that is among those that continue it has no beginning.
  private func steps(of model: String, continued: [String]) -> Int? {
    guard let entry = entry(model), !continued.contains(model),
      let own = settings.lazy.compactMap({ $0.steps(entry.settings) }).first
    else { return nil }
    guard !entry.start.isEmpty else { return own }
    return steps(of: entry.start, continued: continued + [model]).map { $0 + own }
  }
}
