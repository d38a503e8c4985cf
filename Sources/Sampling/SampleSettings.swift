import EngineKit
import Generation
import Models
import Orders
import Shards
import StageKit

/// Settings of one arm: how images are drawn, by which model, in which order.
package struct SampleSettings: CheckedConfiguration {
  /// The most images that are drawn or completed for one shard.
  package static let mostImages = 1_000_000
  /// The largest temperature, scale or weight.
  package static let largestFactor = 1e6

  package enum GuidanceSchedule: String, Codable {
    /// The same scale at every step.
    case constant
    /// From 1 at the first token to the full scale at the last, as RandAR does.
    case linear
    /// From 1 to the full scale by t^a of the share t of placed tokens, a the `guidance_power`.
    case power
    /// From 1 to the full scale by (1 − cos(π · t^a)) / 2.
    case cosine
  }

  package struct Sampling: CheckedConfiguration {
    /// Images of each seed; classes take turns.
    let images: Int
    let seeds: [UInt64]
    /// Shards that the images of a seed are divided into, a job each; absent where it is one.
    let shards: Int?
    let temperature: Double
    let topK: Int
    let topP: Double
    /// Scale s of classifier-free guidance; 1 is off.
    let guidance: Double
    let guidanceSchedule: GuidanceSchedule
    let locationScore: GenerationSettings.LocationScore
    /// Decoding steps; 0 is one for each token.
    let steps: Int
    /// Images decoded together.
    let batch: Int
    /// Mebibytes that their caches may take, fewer images then; 0: any.
    let memory: Int

    package func check(_ rules: inout ConfigurationRules) {
      rules.requirePositive(images, atMost: SampleSettings.mostImages, "images")
      rules.require(
        !seeds.isEmpty && Set(seeds).count == seeds.count, "seeds", "different seeds, at least one",
        seeds.count <= 20 ? "\(seeds)" : "\(seeds.count) with repetitions")
      rules.require(
        seeds.count <= ShardPart.mostParts, "seeds", "at most \(ShardPart.mostParts) seeds", seeds.count)
      if let shards {
        rules.requirePositive(shards, "shards")
        rules.require(shards, atMost: min(images, ShardPart.mostParts / max(seeds.count, 1)), "shards")
      }
      rules.require(temperature >= 0, "temperature", "0 or more", temperature)
      rules.require(temperature, atMost: SampleSettings.largestFactor, "temperature")
      rules.require(topK >= 0, "top_k", "0 or more", topK)
      rules.require(topK, atMost: SizeLimits.codes, "top_k")
      rules.require(topP > 0 && topP <= 1, "top_p", "above 0 and at most 1", topP)
      rules.require(guidance >= 1, "guidance", "1 or more", guidance)
      rules.require(guidance, atMost: SampleSettings.largestFactor, "guidance")
      rules.require(steps >= 0, "steps", "0 or more", steps)
      rules.require(steps, atMost: SizeLimits.locations, "steps")
      rules.requirePositive(batch, atMost: 65_536, "batch")
      rules.require(memory >= 0, "memory", "0 (no limit) or more", memory)
      rules.require(memory, atMost: MemoryBudget.mostMebibytes, "memory")
    }
  }

  package struct Arm: CheckedConfiguration {
    let name: String
    /// Name of the run's model that fills locations, such as `distill`.
    let model: String
    let order: OrderPolicy
    /// Name of the run's model that chooses locations, or "" for none.
    let teacher: String

    package func check(_ rules: inout ConfigurationRules) {
      rules.require(
        teacher.isEmpty || order == .greedy, "teacher", "empty unless the order is greedy", teacher)
    }
  }

  /// Ways of decoding beyond the paper's main one. The section is absent where all of them are off.
  package struct Decoding: CheckedConfiguration {
    /// λ of equation (6); 0: no penalty for distance.
    let distanceWeight: Double
    /// s of equation (6).
    let distanceScore: LocationRule.Measure
    /// Temperature of the Gumbel noise on greedy locations; 0: none.
    let locationTemperature: Double
    /// Share of the codebook's size that is kept of the table of locations and codes; 0: location first.
    let jointShare: Double
    /// Exponent a of the guidance schedules `power` and `cosine`.
    let guidancePower: Double
    /// How chance enters the draw of a code; absent: one cumulative draw.
    let noise: TokenSampler.Noise?
    /// How many tokens each of `steps` places; absent: by a cosine.
    let stepSchedule: DecodingSchedule.Shape?
    /// Cells between the chosen locations of one step, as long as there are such; absent: any.
    let spacing: Double?
    /// The confidence from which on locations are placed at once; absent: `steps` says how many.
    let threshold: Double?

    static let off = Decoding(
      distanceWeight: 0, distanceScore: .probability, locationTemperature: 0, jointShare: 0, guidancePower: 1,
      noise: nil, stepSchedule: nil, spacing: nil, threshold: nil)

    package func check(_ rules: inout ConfigurationRules) {
      rules.require(distanceWeight >= 0, "distance_weight", "0 (off) or more", distanceWeight)
      rules.require(locationTemperature >= 0, "location_temperature", "0 (off) or more", locationTemperature)
      rules.require(jointShare >= 0, "joint_share", "0 (off) or more", jointShare)
      rules.requirePositive(guidancePower, "guidance_power")
      if let spacing {
        rules.require(spacing >= 0, "spacing", "0 (off) or more", spacing)
        rules.require(spacing, atMost: SampleSettings.largestFactor, "spacing")
        rules.require(
          spacing == 0 || (distanceWeight == 0 && jointShare == 0), "spacing",
          "0 where 'distance_weight' or 'joint_share' is set, since each chooses locations alone", spacing)
      }
      if let threshold {
        rules.require(threshold >= 0 && threshold <= 1, "threshold", "from 0 (off) to 1", threshold)
        rules.require(
          threshold == 0
            || (distanceWeight == 0 && locationTemperature == 0 && jointShare == 0 && spacing ?? 0 == 0),
          "threshold",
          "0 where 'distance_weight', 'location_temperature', 'joint_share' or 'spacing' is set, since each chooses "
            + "locations alone", threshold)
      }
      for (value, key) in [
        (distanceWeight, "distance_weight"), (locationTemperature, "location_temperature"),
        (guidancePower, "guidance_power"),
      ] {
        rules.require(value, atMost: SampleSettings.largestFactor, key)
      }
      rules.require(jointShare, atMost: Double(SizeLimits.locations), "joint_share")
      rules.require(
        [distanceWeight > 0, locationTemperature > 0, jointShare > 0].count { $0 } <= 1,
        distanceWeight > 0 ? "distance_weight" : "location_temperature",
        "0 where 'location_temperature' or 'joint_share' is set, since each chooses locations alone",
        distanceWeight > 0 ? distanceWeight : locationTemperature)
    }
  }

  package let algorithm: Int
  package let compute: ComputeSettings
  package let sampling: Sampling
  package let arm: Arm
  package let decoding: Decoding?
  /// The rule that makes the arm's orders; equation (1) where they are greedy and it is absent.
  package let rule: RuleSection?

  package func check(_ rules: inout ConfigurationRules) {
    let decoding = decoding ?? .off
    let hasPower = sampling.guidanceSchedule == .power || sampling.guidanceSchedule == .cosine
    rules.require(
      decoding.guidancePower == 1 || hasPower, "decoding.guidance_power",
      "1 unless 'sampling.guidance_schedule' is power or cosine", decoding.guidancePower)
    checkRule(&rules, decoding)
    checkThreshold(&rules, decoding.threshold ?? 0)
    guard decoding.jointShare > 0 else { return }
    rules.require(
      sampling.topK == 0 && sampling.topP == 1, "decoding.joint_share",
      "0 unless 'sampling.top_k' is 0 and 'sampling.top_p' 1", decoding.jointShare)
    rules.require(
      sampling.guidance == 1 || sampling.locationScore == .guided, "decoding.joint_share",
      "0 unless 'sampling.location_score' is guided, since one table gives location and code",
      decoding.jointShare)
    rules.require(
      decoding.noise ?? .cumulative == .cumulative, "decoding.noise",
      "absent or cumulative where location and code are drawn together", decoding.noise?.rawValue ?? "")
    rules.require(
      arm.teacher.isEmpty, "decoding.joint_share", "0 where a teacher chooses the locations",
      decoding.jointShare)
  }

  private func checkThreshold(_ rules: inout ConfigurationRules, _ threshold: Double) {
    guard threshold > 0 else { return }
    rules.require(
      sampling.steps == 0, "sampling.steps", "0 where 'decoding.threshold' says how many tokens a step takes",
      sampling.steps)
    rules.require(
      arm.order == .greedy, "decoding.threshold", "0 unless locations are chosen by confidence", threshold)
  }

  private func checkRule(_ rules: inout ConfigurationRules, _ decoding: Decoding) {
    guard let rule else { return }
    let order: OrderPolicy = rule.shared == nil ? .greedy : .given
    rules.require(
      arm.order == order, "arm.order", "\(order.rawValue) with such a rule", arm.order.rawValue)
    rules.require(
      sampling.guidance == 1 || rule.shared == nil || rule.sharedBy == .all, "sampling.guidance",
      "1 where the order depends on the class, which would tell it to the branch that is not to know it",
      sampling.guidance)
    for (value, key) in [
      (decoding.distanceWeight, "distance_weight"), (decoding.spacing ?? 0, "spacing"),
      (decoding.locationTemperature, "location_temperature"),
      (decoding.jointShare, "joint_share"), (decoding.threshold ?? 0, "threshold"),
    ] {
      rules.require(value == 0, "decoding.\(key)", "0 where a rule chooses locations", value)
    }
  }

  /// - Parameters:
  ///   - gridHeight, gridWidth: the model's grid, on which rules speak of neighbours and blocks.
  package func generation(gridHeight: Int, gridWidth: Int) -> GenerationSettings {
    let scale = Float(sampling.guidance)
    let decoding = decoding ?? .off
    let shape: GenerationSettings.GuidanceShape =
      switch sampling.guidanceSchedule {
      case .constant, .linear: .linear
      case .power: .power(decoding.guidancePower)
      case .cosine: .cosine(decoding.guidancePower)
      }
    return GenerationSettings(
      sampler: TokenSampler(
        temperature: sampling.temperature, topK: sampling.topK, topP: sampling.topP,
        noise: decoding.noise ?? .cumulative),
      guidanceStart: sampling.guidanceSchedule == .constant ? scale : 1, guidanceEnd: scale,
      locationScore: sampling.locationScore, steps: sampling.steps, guidanceShape: shape,
      locationRule: rule?.locationRule(gridHeight: gridHeight, gridWidth: gridWidth)
        ?? LocationRule(
          distanceWeight: decoding.distanceWeight, measure: decoding.distanceScore,
          temperature: decoding.locationTemperature, spacing: decoding.spacing ?? 0),
      jointShare: decoding.jointShare, stepShape: decoding.stepSchedule ?? .cosine,
      threshold: decoding.threshold ?? 0)
  }
}
