import ModelStages
import Orders
import StageKit

/// Settings of one arm: how images are drawn, by which model, in which order.
struct SampleSettings: CheckedConfiguration {
  enum GuidanceSchedule: String, Codable {
    /// The same scale at every step.
    case constant
    /// From 1 at the first token to the full scale at the last, as RandAR does.
    case linear
  }

  struct Sampling: CheckedConfiguration {
    /// Images of each seed; classes take turns.
    let images: Int
    /// One shard of samples is made for each seed.
    let seeds: [UInt64]
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

    func check(_ rules: inout ConfigurationRules) {
      rules.requirePositive(images, "images")
      rules.require(
        !seeds.isEmpty && Set(seeds).count == seeds.count, "seeds", "different seeds, at least one", seeds)
      rules.require(temperature >= 0, "temperature", "0 or more", temperature)
      rules.require(topK >= 0, "top_k", "0 or more", topK)
      rules.require(topP > 0 && topP <= 1, "top_p", "above 0 and at most 1", topP)
      rules.require(guidance >= 1, "guidance", "1 or more", guidance)
      rules.require(steps >= 0, "steps", "0 or more", steps)
      rules.requirePositive(batch, "batch")
      rules.require(memory >= 0, "memory", "0 (no limit) or more", memory)
    }
  }

  struct Arm: CheckedConfiguration {
    let name: String
    /// Name of the run's model that fills locations, such as `distill`.
    let model: String
    let order: OrderPolicy
    /// Name of the run's model that chooses locations, or "" for none.
    let teacher: String

    func check(_ rules: inout ConfigurationRules) {
      rules.require(
        teacher.isEmpty || order == .greedy, "teacher", "empty unless the order is greedy", teacher)
    }
  }

  let algorithm: Int
  let compute: ComputeSettings
  let sampling: Sampling
  let arm: Arm

  func check(_ rules: inout ConfigurationRules) {}

  var generation: GenerationSettings {
    let scale = Float(sampling.guidance)
    return GenerationSettings(
      sampler: TokenSampler(temperature: sampling.temperature, topK: sampling.topK, topP: sampling.topP),
      guidanceStart: sampling.guidanceSchedule == .constant ? scale : 1, guidanceEnd: scale,
      locationScore: sampling.locationScore, steps: sampling.steps)
  }
}
