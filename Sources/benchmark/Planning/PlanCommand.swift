import ArgumentParser
import Files
import Foundation
import Kernels
import Models
import Reporting
import StageKit
import Training

/// What a run would take on a cluster, from what was measured on one machine.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what a run would take on a cluster, from measured rates.",
    discussion: """
      'pipeline/plan PRESET' calls it. Rates are those of 'make bench' a thread, and
      taken to hold for all cores of a node. Training is simulated step by step with
      the latency, bandwidth and jitter given here; all else is shared without
      messages.
      """)

  @Option(help: "The run's settings.json.") var settings: String
  @Option(help: "The table that 'make bench' writes.") var rates = "work/bench/table.json"
  @Option(help: "Numbers of nodes, such as 1,10,100.") var nodes = "1,10,100,1000"
  @Option(help: "Cores of a node.") var cores = 64
  @Option(help: "Processes of a node that train together.") var processes = 1
  @Option(help: "Training images, where the settings take all there are.") var images = 1_281_167
  @Option(help: "Classes.") var classes = 1000
  @Option(help: "Microseconds that the smallest message takes.") var latency = 5.0
  @Option(help: "Gigabytes (10⁹) a second between two nodes.") var bandwidth = 10.0
  @Option(help: "Gigabytes a second of a node's memory, which updates of weights are limited by.")
  var memoryBandwidth =
    100.0
  @Option(help: "Standard deviation of a node's speed from step to step, as a share.") var jitter = 0.02
  @Option(help: "Precision.") var precision = Precision.float32
  @Option(help: "Write the efficiency of training as SVG.") var svg: String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption(cores, in: 1...4096, "--cores")
    try requireOption(processes, in: 1...4096, "--processes")
    try requireOption(images, in: 1...1_000_000_000, "--images")
    try requireOption(classes, in: 1...65_536, "--classes")
    try requireOption(latency, in: 0...1e6, "--latency")
    try requireOption(bandwidth, in: 1e-3...1e6, "--bandwidth")
    try requireOption(memoryBandwidth, in: 1e-3...1e6, "--memory-bandwidth")
    try requireOption(jitter, in: 0...1, "--jitter")
    guard !counts.isEmpty, counts.allSatisfy({ (1...100_000).contains($0) }) else {
      throw ValidationError("--nodes must be numbers from 1 to 100000, such as 1,10,100, found '\(nodes)'.")
    }
  }

  private var counts: [Int] { nodes.split(separator: ",").compactMap { Int($0) } }

  func run() throws {
    let plan = try RunPlan(Self.json(settings), path: settings, images: images, classes: classes)
    let rates = try MeasuredRates(Self.json(self.rates), path: self.rates, precision: precision)
    let costs = TrainingCosts(
      plan.model, flops: try rates.flops("train") * Double(cores) / Double(processes),
      network: .init(latency: latency * 1e-6, bandwidth: bandwidth * 1e9 / Double(processes)),
      memoryBandwidth: memoryBandwidth * 1e9 / Double(processes), jitter: jitter)
    let hours = hours(plan, costs, rates)
    var table = MarkdownTable(["hours"] + counts.map { "\($0) node\($0 == 1 ? "" : "s")" })
    for row in hours {
      table.add([row.name] + row.values.map { $0.map { Format.significant($0) } ?? "–" })
    }
    let curve = efficiency(costs, plan)
    try output.publish(
      table.text + "\n" + remarks(plan, costs, rates) + "\n" + efficiencyTable(curve).text,
      [
        "parameters": .integer(plan.model.parameterCount),
        "hours": .object(
          Dictionary(
            uniqueKeysWithValues: hours.map { row in
              (row.id, .array(row.values.map { $0.map(JSONValue.number) ?? .null }))
            })),
        "efficiency": .array(
          curve.map {
            [
              "processes": .integer($0.processes), "efficiency": .number($0.efficiency),
              "waiting": .number($0.waiting),
            ]
          }),
      ])
    if let svg { try sheet(curve).write(to: svg) }
  }

  /// Hours of everything on each number of nodes; nil where no rate was measured.
  private func hours(
    _ plan: RunPlan, _ costs: TrainingCosts, _ rates: MeasuredRates
  ) -> [(id: String, name: String, values: [Double?])] {
    let trained = plan.trained.map { model in
      (
        id: model.name,
        name: "train \(model.name), \(Format.count(model.steps)) steps of \(Format.count(model.batch))",
        values: counts.map { count -> Double? in
          let shared = costs.shared(count * processes, batch: model.batch)
          return costs.simulation(batch: model.batch).run(processes: shared).seconds * Double(model.steps)
            / 3600
        }
      )
    }
    let apart = plan.apart.filter { $0.images > 0 }.map { work in
      let flops = try? rates.flops(work.rate)
      return (
        id: work.name, name: "\(work.name), \(Format.count(Int(work.images))) images",
        values: counts.map { count -> Double? in
          flops.map { work.images * work.operations / ($0 * Double(cores * count)) / 3600 }
        }
      )
    }
    return trained + apart
  }

  private static func json(_ path: String) throws -> JSONValue {
    do { return try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: path)))) } catch {
      throw ValidationError(
        "\(path) cannot be read as JSON (\(StageError.sentence(of: error))): 'make bench' writes rates, 'pipeline/plan' settings."
      )
    }
  }

  private struct Efficiency {
    let processes: Int
    let efficiency: Double
    let waiting: Double
  }

  /// The speed-up of the longest training over the number of processes.
  private func efficiency(_ costs: TrainingCosts, _ plan: RunPlan) -> [Efficiency] {
    guard let model = plan.trained.max(by: { $0.steps * $0.batch < $1.steps * $1.batch }) else { return [] }
    let simulation = costs.simulation(batch: model.batch)
    let alone = simulation.run(processes: 1).seconds
    return (0...10).map { 1 << $0 }.filter { model.batch % $0 == 0 }.map { processes in
      let found = simulation.run(processes: processes)
      return Efficiency(
        processes: processes, efficiency: alone / found.seconds / Double(processes), waiting: found.waiting)
    }
  }

  private func efficiencyTable(_ curve: [Efficiency]) -> MarkdownTable {
    var table = MarkdownTable(["processes that share a step", "efficiency", "waiting"])
    for one in curve {
      table.add(["\(one.processes)", Format.percent(one.efficiency), Format.percent(one.waiting)])
    }
    return table
  }

  private func sheet(_ curve: [Efficiency]) -> ChartSheet {
    ChartSheet(
      title: "Shared training steps, simulated",
      charts: [
        LineChart(
          title: "Efficiency of training", xLabel: "processes", yLabel: "share of linear speed-up",
          series: [
            LineChart.Series("efficiency", points: curve.map { (x: Double($0.processes), y: $0.efficiency) }),
            LineChart.Series("waiting", points: curve.map { (x: Double($0.processes), y: $0.waiting) }),
          ], hasLogarithmicX: true, xTicks: curve.map { Double($0.processes) })
      ])
  }

  private func remarks(_ plan: RunPlan, _ costs: TrainingCosts, _ rates: MeasuredRates) -> String {
    let parameters = Double(plan.model.parameterCount)
    let batch = plan.trained.first?.batch ?? 1
    let shares = counts.map { costs.shared($0 * processes, batch: batch) }
    let memory = shares.map { count in
      let images = batch / count
      let kept = AnyOrderPass.bytesForTraining(plan.model, batch: images, precision: precision)
      return "\(count): \(Format.fixed(((8 + 8 / Double(count)) * parameters + Double(kept)) / 1e9, 1))"
    }
    let sent = shares.map { "\($0): \(Format.fixed(8 * parameters * (1 - 1 / Double($0)) / 1e9, 2))" }
    return """
      - Model: \(plan.model.summary); \(Format.count(plan.model.parameterCount)) parameters.
      - A step is shared by \(zip(counts, shares).map { "\($1) processes on \($0) nodes" }.joined(separator: ", ")): a power of two that divides the batch.
      - Gigabytes of a process that trains, by their number, every process with one group: \(memory.joined(separator: "; ")); packed copies of weights come to it, in float32 in the first process alone.
      - Gigabytes that a process sends in a step, and takes as many: \(sent.joined(separator: "; ")).
      - Files: \(Format.count(plan.shards)) shards and weights, with a record beside each.
      - Rates of \(rates.processor), \(rates.threads) threads, \(precision.rawValue): \(rates.summary).
      - Network: \(Format.significant(latency)) µs, \(Format.significant(bandwidth)) GB/s; jitter \(Format.percent(jitter, 1)).

      """
  }
}
