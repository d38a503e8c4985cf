import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Numbers that nobody means on the command lines of all programs.
  @Suite struct HostileOptionsTests {
    private static let values = [
      "-1", "nan", "inf", "-inf", "1e300", "9223372036854775807", "9223372036854775808",
      "18446744073709551616", "", "x", "1e-400",
    ]

    private static let edit = "--config c --model m --tokenizer t --tokens k --out o"

    /// A command line that is in order but for its files, which do not exist, and its options that take a number.
    private static let commands: [(line: String, options: [String])] = [
      ("tokenize fit --config c --out o", ["checkpoint-seconds", "threads"]),
      ("tokenize encode --config c --tokenizer t --split train --shard 00000-of-00001 --out o", ["threads"]),
      ("train-anyorder --config c --tokens k --out o", ["checkpoint-seconds", "threads"]),
      ("distill --config c --tokens k --init m --out o", ["checkpoint-seconds", "threads"]),
      ("extract-orders --config c --model m --tokens k --out o", ["threads"]),
      ("sample --config c --model m --tokenizer t --shard 00000-of-00001 --out o", ["threads"]),
      ("sample inpaint \(edit)", ["mask-fraction"]),
      ("sample inpaint \(edit) --mask-fraction 0.5", ["images", "dilate", "threads"]),
      ("sample outpaint \(edit) --extend right=2", ["stride", "images", "threads"]),
      ("score likelihood --config c --model m --tokens k --out o", ["threads"]),
      (
        "score folders --real nowhere --fake nowhere --weights nowhere",
        ["neighbours", "splits", "kid-subsets", "kid-subset-size", "jackknife", "permutations", "threads"]
      ),
      ("shard cat nowhere", ["from", "count"]), ("shard diff nowhere nowhere", ["tolerance"]),
      ("shard render nowhere --out o", ["from", "count", "columns", "cell", "opacity"]),
      ("shard trial --model m --tokens k", ["images", "batch", "repetitions", "threads", "lazy"]),
      ("shard agreement nowhere nowhere", ["threads"]),
      ("shard import weights nowhere --out o", ["heads", "image-size", "groups", "grid"]),
      (
        "shard import codes nowhere --out o --split train",
        ["shards", "codebook-size"]
      ),
      ("shard export codes nowhere --out o --layout randar", ["augmentations"]),
      ("benchmark once none", ["width", "layers", "heads", "hidden", "codes", "grid", "classes", "threads"]),
      ("benchmark once none", ["batch", "images", "pictures", "repetitions"]),
    ]

    @Test(.timeLimit(.minutes(30)), arguments: commands.indices)
    func `every numeric option may be anything`(index: Int) throws {
      let place = try Workplace()
      let (line, options) = Self.commands[index]
      let words = line.split(separator: " ").map(String.init)
      let before = place.folder.names
      for option in options {
        for value in Self.values {
          let whole = words + ["--\(option)=\(value)"]
          guard let result = try HostileFilesTests.run(whole, in: place) else { continue }
          // What is in order meets the missing files, or the work that is not there.
          #expect(
            [64, 66].contains(result.code), "\(whole.joined(separator: " ")): \(result.code) \(result.text)")
          #expect(result.output.isEmpty)
          // No option takes any of these but counts that are cut to what there is.
          // Any finite tolerance means something.
          if option == "tolerance", Double(value).map({ $0 >= 0 && $0.isFinite }) ?? false { continue }
          let isCut = ["from", "count"].contains(option) && line.hasPrefix("shard cat") || option == "from"
          if !isCut || value != "9223372036854775807" {
            #expect(
              result.code == 64 || (value == "1e-400" && result.code == 66),
              "\(option) \(value): \(result.text)")
          }
        }
      }
      #expect(place.folder.names == before, "something was left behind")
    }

    @Test func `moves of a canvas are bounded together, not only one by one`() throws {
      let place = try Workplace()
      let moves = Array(repeating: "--extend=right=1000", count: 3)
      let result = try Command.run(
        [Workplace.binaries + "/sample", "outpaint"] + Self.edit.split(separator: " ").map(String.init)
          + moves,
        in: place.path)
      #expect(result.code == 64)
      #expect(result.error.contains("at most 1000 cells in all, found 3000"), "\(result.error)")
    }

    @Test func `a year between checkpoints is the most, and zero seconds are allowed`() throws {
      let place = try Workplace()
      let line = "train-anyorder --config none.json --tokens k --out o --checkpoint-seconds"
      for (value, code) in [("0", 66), ("31536000", 66), ("31536001", 64), ("nan", 64)] as [(String, Int32)] {
        let result = try #require(
          try HostileFilesTests.run(line.split(separator: " ").map(String.init) + [value], in: place))
        #expect(result.code == code, "\(value): \(result.text)")
        if value == "nan" {
          #expect(
            result.error.contains("--checkpoint-seconds must be between 0.0 and 31536000.0, found nan."))
        }
      }
    }
  }
}
