import Foundation
import Models
import Randomness

/// When the processes of a shared training step compute and when they exchange gradients, followed part by part.
///
/// Every process has a clock. It computes the parts of the gradient one after the other, each for as long as its operations
/// take, times a factor of its own that stands for neighbours and interrupts; a complete part is exchanged at distances 1, 2,
/// 4, … (recursive halving, `GradientExchange`), where both partners wait for each other. Then norms meet, each process updates
/// its share, and values go back the same way.
struct StepSimulation {
  /// What a step is made of, for all processes together or each as it says.
  struct Work {
    /// Seconds of the forward pass of one image by one process.
    var forward: Double
    /// Seconds of the backward pass of one image, and parameters, of each part in the sequence in which they are complete.
    var parts: [(seconds: Double, parameters: Int)]
    /// Images of a step.
    var batch: Int
    /// Seconds of updating one parameter by one process.
    var update: Double
  }

  /// What lies between processes.
  struct Network {
    /// Seconds that the smallest message takes.
    var latency: Double
    /// Bytes a second from one process to another, both ways at once.
    var bandwidth: Double
  }

  /// What a step took.
  struct Outcome {
    var seconds: Double
    /// Seconds that a process computes, the mean of all.
    var computing: Double
    /// Share of the step in which the mean process does nothing but wait for others or for messages.
    var waiting: Double { 1 - computing / seconds }
  }

  let work: Work
  let network: Network
  /// Standard deviation of a process's speed in a step, as a share.
  let jitter: Double

  private static let steps = 5

  /// The mean step of so many processes, a power of two that divides the batch.
  func run(processes: Int, seed: UInt64 = 1) -> Outcome {
    var total = Outcome(seconds: 0, computing: 0)
    for step in 0..<Self.steps {
      let one = self.step(processes, RandomStream(seed: seed, purpose: "plan.jitter", UInt64(step)))
      total.seconds += one.seconds / Double(Self.steps)
      total.computing += one.computing / Double(Self.steps)
    }
    return total
  }

  private func step(_ processes: Int, _ random: consuming RandomStream) -> Outcome {
    var random = random
    let images = Double(work.batch) / Double(processes)
    let speeds = (0..<processes).map { _ in max(1 + jitter * random.gaussian(), 0.1) }
    var computed = speeds.map { $0 * images * work.forward }
    // When the thread that exchanges is free.
    var exchanged = [Double](repeating: 0, count: processes)
    var parameters = 0
    for part in work.parts {
      for process in 0..<processes {
        computed[process] += speeds[process] * images * part.seconds
        exchanged[process] = max(exchanged[process], computed[process])
      }
      meet(&exchanged, bytes: 4 * Double(part.parameters))
      parameters += part.parameters
    }
    let computing = computed
    var clocks = zip(computed, exchanged).map(max)
    // Losses, and sums of squares of 4,096 values in double precision.
    meet(&clocks, bytes: 0)
    meet(&clocks, bytes: Double(parameters) / 512, halves: false)
    let update = Double(parameters) / Double(processes) * work.update
    for process in 0..<processes { clocks[process] += update }
    meet(&clocks, bytes: 4 * Double(parameters))
    return Outcome(
      seconds: clocks.max() ?? 0,
      computing: computing.reduce(0, +) / Double(processes) + update)
  }

  /// Exchanges at all distances; at each only half of what there was before it, unless all goes everywhere.
  private func meet(_ clocks: inout [Double], bytes: Double, halves: Bool = true) {
    var (distance, size) = (1, halves ? bytes / 2 : bytes)
    while distance < clocks.count {
      let seconds = network.latency + size / network.bandwidth
      for process in clocks.indices where process & distance == 0 {
        let together = max(clocks[process], clocks[process | distance]) + seconds
        clocks[process] = together
        clocks[process | distance] = together
      }
      distance *= 2
      if halves { size /= 2 }
    }
  }
}

extension RandomStream {
  /// A normally distributed number (Box and Muller).
  fileprivate mutating func gaussian() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}
