import Files
import Foundation
import Metrics
import Orders
import Shards

/// How far the orders of many images agree with others of the same images.
package struct AgreementSummary {
  /// Kendall's τ by image.
  private(set) var tau = Summary()
  private(set) var lowestTau = 1.0
  /// Share of steps with the same location, by image.
  private(set) var equalSteps = Summary()
  private(set) var equalOrders = 0
  /// Bits per token along either order and the second's less the first's; empty without a model.
  private(set) var bits = (first: Summary(), second: Summary(), difference: Summary())
  private var settings: (first: Set<String>, second: Set<String>) = ([], [])

  package init() {}

  /// Adds one image's orders.
  package mutating func add(_ first: [Int], _ second: [Int]) {
    let tau = OrderAgreement.kendallTau(first, second)
    self.tau.add(tau)
    lowestTau = min(lowestTau, tau)
    equalSteps.add(OrderAgreement.equalSteps(first, second))
    if first == second { equalOrders += 1 }
  }

  /// Adds two shards of the same images.
  package mutating func add(_ first: OrderTable, _ second: OrderTable) {
    settings.first.insert(first.extractionText)
    settings.second.insert(second.extractionText)
    for record in 0..<first.count {
      add(first.order(of: record), second.order(of: record))
    }
  }

  /// Adds bits per token of the same images along either order.
  package mutating func add(bits first: [Double], _ second: [Double]) {
    for (one, other) in zip(first, second) {
      bits.first.add(one)
      bits.second.add(other)
      bits.difference.add(other - one)
    }
  }

  /// Adds what a person wants to know to a page.
  package func describe(on page: inout TextPage, _ first: String, _ second: String) {
    func text(_ settings: Set<String>) -> String { settings.sorted().joined(separator: " and ") }
    page.heading("\(grouped(tau.count)) images")
    page.fact("first", "\(first), \(text(settings.first))")
    page.fact("second", "\(second), \(text(settings.second))")
    page.fact(
      "Kendall's tau",
      String(
        format: "%.4f ± %.4f between images, lowest %.4f", tau.mean, tau.deviation ?? 0, lowestTau))
    page.fact("equal steps", String(format: "%.1f %%", 100 * equalSteps.mean))
    page.fact("equal orders", "\(grouped(equalOrders))")
    guard bits.difference.count > 0 else { return }
    page.fact(
      "bits a token",
      String(
        format: "%.4f along the first, %.4f along the second, difference %+.4f ± %.4f", bits.first.mean,
        bits.second.mean, bits.difference.mean, bits.difference.standardError ?? 0))
  }

  /// The same as JSON.
  package var json: JSONValue {
    var result: [String: JSONValue] = [
      "images": .integer(tau.count),
      "kendall_tau": [
        "mean": .number(tau.mean), "deviation": .number(tau.deviation ?? 0), "lowest": .number(lowestTau),
      ],
      "equal_steps": .number(equalSteps.mean), "equal_orders": .integer(equalOrders),
    ]
    if bits.difference.count > 0 {
      result["bits_per_token"] = [
        "first": .number(bits.first.mean), "second": .number(bits.second.mean),
        "difference": .number(bits.difference.mean),
        "standard_error": .number(bits.difference.standardError ?? 0),
      ]
    }
    return .object(result)
  }
}

extension OrderTable {
  /// How the orders were extracted, in words.
  var extractionText: String {
    if let policyContentID { return "by the policy \(policyContentID.prefix(12))" }
    if let staticContentID { return "shared, of \(staticContentID.prefix(12))" }
    guard let lazy else { return rule == nil ? "exact" : "exact, by a rule" }
    return "lazy: all locations every \(lazy.refresh) steps, \(lazy.candidates) in between"
  }
}
