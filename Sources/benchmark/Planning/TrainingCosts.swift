import Files
import Kernels
import Models

/// What parts of a shared step cost one process.
struct TrainingCosts {
  private let model: AnyOrderConfiguration
  private let flops: Double
  private let network: StepSimulation.Network
  private let memoryBandwidth: Double
  private let jitter: Double

  /// - Parameters:
  ///   - flops: operations a second of a process.
  ///   - memoryBandwidth: bytes a second of a process.
  init(
    _ model: AnyOrderConfiguration, flops: Double, network: StepSimulation.Network, memoryBandwidth: Double,
    jitter: Double
  ) {
    (self.model, self.flops, self.network) = (model, flops, network)
    (self.memoryBandwidth, self.jitter) = (memoryBandwidth, jitter)
  }

  /// The most processes that can share a batch: a power of two that divides it, at most so many.
  func shared(_ processes: Int, batch: Int) -> Int {
    var shared = 1
    while shared * 2 <= processes, batch % (shared * 2) == 0 { shared *= 2 }
    return shared
  }

  func simulation(batch: Int) -> StepSimulation {
    // Forward once, backward twice as much; the backward pass in equal blocks, after what the heads take.
    let forward = model.trainingOperations / 3
    let heads = Double(model.locations) * model.headOperations
    let block = (forward - heads) / Double(model.layers)
    let parameters = model.parameterCount
    let ofBlock = 4 * model.width * model.inner + 3 * model.width * model.hidden + 2 * model.width
    let ofHeads = model.width * (model.outputs + 1)
    let tables = max(parameters - model.layers * ofBlock - ofHeads, 0)
    let blocks = (0..<model.layers).map { _ in (seconds: 2 * block / flops, parameters: ofBlock) }
    return StepSimulation(
      work: StepSimulation.Work(
        forward: forward / flops,
        parts: [(seconds: 2 * heads / flops, parameters: ofHeads)] + blocks + [
          (seconds: 0, parameters: tables)
        ],
        // Values, gradients and two moments are read and written: 32 bytes.
        batch: batch, update: 32 / memoryBandwidth),
      network: network, jitter: jitter)
  }
}

/// Rates of a table of `make bench`.
struct MeasuredRates {
  let processor: String
  let threads: Int
  private let works: [String: Double]

  /// - Throws: `Absent` where it has no rates of this precision.
  init(_ table: JSONValue, path: String, precision: Precision) throws {
    var works: [String: Double] = [:]
    for work in table["works"]?.array ?? [] {
      guard let id = work["id"]?.string,
        let gigaflops = work["ordered_ar"]?[precision.rawValue]?["gflops"]?.double
      else { continue }
      works[id] = gigaflops
    }
    guard let threads = table["machine"]?["threads"]?.int, threads > 0, !works.isEmpty else {
      throw Absent(
        description: "\(path) has no rates in \(precision.rawValue): expected the table of 'make bench'.")
    }
    self.works = works
    self.threads = threads
    processor = table["machine"]?["processor"]?.string ?? "an unknown processor"
  }

  /// Operations a second of one thread.
  func flops(_ work: String) throws -> Double {
    guard let gigaflops = works[work] else {
      throw Absent(description: "The measured table has no rate of '\(work)': run 'make bench'.")
    }
    return gigaflops * 1e9 / Double(threads)
  }

  var summary: String {
    works.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value)) GFLOP/s" }.joined(separator: ", ")
  }

  struct Absent: Error, CustomStringConvertible {
    let description: String
  }
}
