import EngineKit
import Models
import Orders
import StageKit

/// Settings of this stage: the section `orders` of a preset, with one of its `rules` where it makes their orders.
struct OrderSettings: CheckedConfiguration, ModelSettings {
  struct Orders: CheckedConfiguration {
    /// Images extracted together.
    let batch: Int
    /// Mebibytes that their caches may take, fewer images then; 0: any.
    let memory: Int
    /// Steps from one step that asks all free locations to the next; 0: every step does, the exact method.
    let refresh: Int
    /// Locations asked in between; 0 with the exact method.
    let candidates: Int
    /// Share of the images whose orders a policy learns from; absent where there is none.
    let exactShare: Double?
    /// What chooses locations; equation (1) if absent.
    let rule: RuleSection?

    func check(_ rules: inout ConfigurationRules) {
      rules.requirePositive(batch, atMost: 65_536, "batch")
      rules.require(memory >= 0, "memory", "0 (no limit) or more", memory)
      rules.require(memory, atMost: MemoryBudget.mostMebibytes, "memory")
      rules.require(refresh >= 0, "refresh", "0 (exact) or more", refresh)
      rules.require(candidates >= 0, "candidates", "0 (exact) or more", candidates)
      rules.require(refresh, atMost: SizeLimits.locations, "refresh")
      rules.require(candidates, atMost: SizeLimits.locations, "candidates")
      rules.require(
        refresh > 0 || candidates == 0, "refresh", "1 or more where 'candidates' is \(candidates)", refresh)
      rules.require(
        candidates > 0 || refresh == 0, "candidates", "1 or more where 'refresh' is \(refresh)", candidates)
      if let exactShare {
        rules.require(
          exactShare > 0 && exactShare <= 1, "exact_share", "above 0 and at most 1", exactShare)
      }
      rules.require(
        rule == nil || refresh == 0, "refresh",
        "0 where there is a rule, since only equation (1) is known lazily", refresh)
    }

    /// Which of a shard's images have exact orders: so many that lie evenly, since shards hold one class after another
    /// where the data do.
    func exactImages(of count: Int) -> [Int] {
      let share = Int((Double(count) * (exactShare ?? 1)).rounded(.up))
      return (0..<share).map { $0 * count / share }
    }

    var laziness: Laziness { Laziness(refresh: refresh, candidates: candidates) }
  }
  let algorithm: Int
  let orders: Orders
  let compute: ComputeSettings
  func check(_ rules: inout ConfigurationRules) {}
}
