import ArgumentParser
import Foundation
import Kernels
import Shards
import StageKit

/// The table of works: rates, shares of the matrix-multiply peak, memory, and the PyTorch peer beside them.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Measure every work, next to a PyTorch peer where there is one.",
    discussion: """
      Every work is measured in all precisions of the engine and of the peer in
      turn, so that all meet the same neighbours; medians and the range are
      shown. The matrix-multiply peak is the best of bursts between the works.
      """)

  @OptionGroup var sizes: WorkOptions
  @OptionGroup var measure: MeasureOptions
  @OptionGroup var peerOptions: PeerOptions
  @OptionGroup var output: OutputOptions
  @Option(parsing: .upToNextOption, help: "Works to measure; all if left out.") var only: [String] = []
  @Option(help: "Seconds of rest before every measurement.") var rest = 0.25
  @Flag(help: "Leave out the memory column, which runs every work once more.") var noMemory = false

  func validate() throws { try requireOption(rest, in: 0...3600, "--rest") }

  func run() throws {
    measure.configureThreads()
    let works = try chosenWorks()
    let machine = Machine(threads: measure.threads)
    let configuration = try sizes.model.configuration()
    let peer = peerOptions.start(configuration, threads: measure.threads)
    let peaks = PeakProduct(measure.precisions)
    peaks.burst()
    var report = TableReport(
      machine: machine, model: configuration, repetitions: measure.repetitions, peer: peer.map(\.version),
      memory: !noMemory)
    for work in works {
      FileHandle.standardError.write(Data("benchmark: \(work.name)\n".utf8))
      report.rows.append(try row(work, peer: try? peer.get(), report: &report))
      peaks.burst()
    }
    try output.publish(report.markdown(peaks), report.json(peaks))
  }

  private func chosenWorks() throws -> [Work] {
    let works = try sizes.works(precisions: measure.precisions)
    if let unknown = only.first(where: { id in !works.contains { $0.id == id } }) {
      let names = works.map(\.id).joined(separator: ", ")
      throw ValidationError("there is no work '\(unknown)'; choose among \(names).")
    }
    return only.isEmpty ? works : works.filter { only.contains($0.id) }
  }

  private func row(_ work: Work, peer: Peer?, report: inout TableReport) throws -> TableRow {
    var row = TableRow(work: work)
    var contenders: [Contest.Contender] = []
    var record: [(inout TableRow, Samples) -> Void] = []
    for precision in work.precisions where measure.precisions.contains(precision) {
      let repetition = try Stopwatch.repetition(of: try work.prepare(precision))
      contenders.append(Contest.Contender(name: precision.rawValue, measure: repetition))
      record.append { $0.ours[precision] = $1 }
    }
    if let peer, let request = work.peer {
      for precision in Precision.allCases where precision == .float32 || Machine.hasBFloat16 {
        do {
          _ = try peer.seconds(request, precision: precision.rawValue)
        } catch {
          report.remarks.append("PyTorch in \(precision.rawValue), \(work.name): \(error).")
          continue
        }
        contenders.append(
          Contest.Contender(name: "PyTorch \(precision.rawValue)") {
            try peer.seconds(request, precision: precision.rawValue)
          })
        record.append { $0.peers[precision] = $1 }
      }
    }
    let results = try Contest(rounds: measure.repetitions, rest: rest).run(contenders)
    for (record, samples) in zip(record, results) { record(&row, samples) }
    guard !noMemory else { return row }
    for precision in row.ours.keys {
      row.peakBytes[precision] = try OnceCommand.peakBytes(
        work, precision: precision, sizes: sizes, threads: measure.threads)
    }
    return row
  }
}
