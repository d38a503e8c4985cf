import Files
import Foundation
import Reporting
import StageKit

/// What the run cost, what it was made with, and how to make it again.
struct ReportRecord {
  let run: RunFolder

  func sections() throws -> [Page.Section] { [cost(), try identity()].compactMap { $0 } }

  /// Seconds and memory by stage and folder: the shards of one folder are summed.
  private func cost() -> Page.Section? {
    var groups: [(name: String, stage: String, seconds: Double, memory: Int, files: Int)] = []
    for (output, record) in run.records() {
      let folder = URL(filePath: output).deletingLastPathComponent().relativePath
      let name = folder == "." ? output : folder
      let (stage, seconds, memory) = (record.stage, record.seconds, record.peakMemoryBytes)
      if let index = groups.firstIndex(where: { $0.name == name && $0.stage == stage }) {
        groups[index].seconds += seconds
        groups[index].memory = max(groups[index].memory, memory)
        groups[index].files += 1
      } else {
        groups.append((name, stage, seconds, memory, 1))
      }
    }
    guard !groups.isEmpty else { return nil }
    var rows = groups.map { group in
      Table.Row([
        Table.Cell("`\(group.name)`"), Table.Cell(group.stage), Table.Cell(Format.count(group.files)),
        Table.Cell(Format.duration(seconds: group.seconds)),
        Table.Cell(Format.fixed(Double(group.memory) / 1e6, 0) + " MB"),
      ])
    }
    rows.append(
      Table.Row(
        [
          "in all", "", Table.Cell(Format.count(groups.reduce(0) { $0 + $1.files })),
          Table.Cell(Format.duration(seconds: groups.reduce(0) { $0 + $1.seconds })),
          Table.Cell(Format.fixed(Double(groups.map(\.memory).max() ?? 0) / 1e6, 0) + " MB"),
        ], style: .muted, opensGroup: true))
    let machines = Set(run.records().map { Self.machine($0.record) }).sorted()
    return Page.Section(
      "Time and memory",
      [
        .table(
          Table(
            caption:
              "What made what, summed over the files of a folder; stages that ran side by side overlap.",
            columns: ["output", Table.Column("stage", isText: true), "files", "time", "peak memory"],
            rows: rows,
            notes: machines.isEmpty ? [] : ["Computed with " + machines.joined(separator: "; ") + "."]))
      ])
  }

  private static func machine(_ record: RunRecord) -> String {
    let threads = record.threads
    let core = record.facts["blas_core"].map { ", OpenBLAS \($0) kernels" } ?? ""
    return "\(threads) thread\(threads == 1 ? "" : "s")\(core)"
  }

  private func identity() throws -> Page.Section? {
    var blocks: [Block] = []
    let ids = run.records().compactMap { output, record -> Block.Definition? in
      record.contentID.isEmpty ? nil : Block.Definition(output, "`\(record.contentID)`")
    }
    var arguments = Self.arguments("\(run.path)/config/arguments.mk")
    // Without a preset the run was not made by make.
    if let preset = arguments.removeValue(forKey: "PRESET") {
      let others = arguments.sorted { $0.key < $1.key }
        .map { name, value in
          " \(name)=" + (name == "SET" ? "'\(value.replacing("'", with: #"'\''"#))'" : value)
        }
      blocks.append(
        .code(
          "make all PRESET=\(preset) RUN=work/\(run.name)\(others.joined())\nmake verify RUN=work/\(run.name)",
          caption: "Makes the run again; equal settings give equal content ids on equal machines."))
    }
    if !run.settings.isMissing {
      blocks.append(
        .details(
          summary: "All settings", [.code(run.settings.json.prettyText, caption: "config/settings.json")]))
    }
    if !ids.isEmpty { blocks.append(.details(summary: "Content ids of all outputs", [.definitions(ids)])) }
    return blocks.isEmpty ? nil : Page.Section("How to reproduce it", blocks)
  }

  /// Lines `NAME ?= value` of the file in which a run remembers how it was asked for.
  private static func arguments(_ path: String) -> [String: String] {
    guard let bytes = try? ReadableFile.bytes(of: path) else { return [:] }
    let text = String(decoding: bytes, as: UTF8.self)
    var found = [String: String]()
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "?=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      // What make would read as its own is written in make's way.
      let value = parts.last.map {
        $0.replacing("$$", with: "\u{1}").replacing("$(empty)", with: "").replacing("$(hash)", with: "#")
          .replacing("\u{1}", with: "$")
      }
      if parts.count == 2, let value, !value.isEmpty { found[parts[0]] = value }
    }
    return found
  }
}
