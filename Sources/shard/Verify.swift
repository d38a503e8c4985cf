import ArgumentParser
import Files
import Foundation
import Inspection
import Shards
import StageKit
import Text
import Weights

/// `shard verify`: whether files are what they say.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check every byte of shards, and their meaning.",
    discussion: """
      Checks checksums, layout and the rules of the kind, such as that orders are permutations. Of a \
      folder it also checks that no shard of a split is missing. All files are checked; the exit code is \
      that of the first bad one.

      EXAMPLES:
        shard verify work/fashion-mini
        shard verify work/fashion-mini/orders/*.shard
      """)

  @Argument(help: "Shard files, or folders of them.") var paths: [String]
  @Flag(help: "Print nothing but errors.") var quiet = false
  @Flag(help: "Print the content ids that headers have, one a line, and check nothing else.") var ids = false

  func run() throws {
    var worst: Int32 = 0
    func note(_ error: any Error) {
      complain(error)
      if worst == 0 { worst = StageError.exitCode(of: error) }
    }
    for path in paths {
      do {
        guard !ids else {
          print(try ShardHeader.peek(path).contentID)
          continue
        }
        for group in try ShardFolder.groups(below: path) {
          for file in group.paths { do { try verify(file) } catch { note(error) } }
          let folder = group.name.lastIndex(of: "/").map { String(group.name[..<$0]) } ?? "."
          for name in group.missing { note(FileError.missing(path: folder + "/" + name)) }
        }
      } catch { note(error) }
    }
    if worst != 0 { throw ExitCode(worst) }
  }

  private func verify(_ path: String) throws {
    let header = try verifiedHeader(path)
    if !quiet {
      let records =
        header.kind == .weights ? "\(header.columns.count) tensors" : "\(grouped(header.records)) records"
      print("\(path)  \(header.kind.rawValue)  \(records)  \(short(header.contentID))")
    }
  }
}

/// Reads a shard with all the checks of its kind; of weights also that they are those of the model they name, of a
/// text tokenizer that it can be built.
/// - Throws: `ShardError`, `FormatError`, `TextError`.
func verifiedHeader(_ path: String) throws -> ShardHeader {
  try ShardHeader.verified(path) {
    try $0.checkArchitecture(path: path)
  } tokenizer: {
    _ = try TextTokenizer($0, path: path)
  }
}

extension WeightsTable {
  /// Checks that the tensors are those of the model that the table names, of any type that the project knows.
  /// - Throws: `FormatError` for sizes that cannot be built or other tensors.
  func checkArchitecture(path: String) throws {
    switch model["type"]?.string {
    case FeatureNetworks.inception.architecture["type"]?.string: try check(FeatureNetworks.inception, path)
    case FeatureNetworks.lite0.architecture["type"]?.string: try check(FeatureNetworks.lite0, path)
    default: try checkTrainable(path: path)
    }
  }

  private func check(_ network: OfficialModel, _ path: String) throws {
    let shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
    try network.check(shapes.filter { !FeatureNetworks.isClassifier($0.key, of: network) }, path: path)
  }
}
