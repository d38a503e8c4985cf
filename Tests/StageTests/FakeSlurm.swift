import Foundation
import Testing

/// Slurm's programs as scripts in a workplace, which note what they are asked and answer as they are told.
///
/// - `sbatch.calls`: one line for each submission; the answer is a number one higher than the last. Where `sbatch.answers/<n>` is there,
///   the n-th call prints that file and fails; where `sbatch.taken/<n>` is there too, the job is in the queue all the same.
/// - `queue`: what squeue prints, in the format of `pipeline/slurm/controller`.
/// - `scontrol.calls`, `scancel.calls`: one line a call.
struct FakeSlurm {
  let place: Workplace

  init(_ place: Workplace) throws {
    self.place = place
    try FileManager.default.createDirectory(
      atPath: place.file("slurm-fake"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: place.file("sbatch.answers"), withIntermediateDirectories: true)
    try program(
      "sbatch",
      """
      number=$(($(cat sbatch.calls 2>/dev/null | wc -l) + 1))
      echo "$*" >>sbatch.calls
      comment=$(printf '%s\\n' "$@" | sed -n 's/^--comment=//p')
      if [ -f "sbatch.answers/$number" ]; then
        [ ! -f "sbatch.taken/$number" ] || echo "$number|$number|PENDING|0|$comment|None" >>queue
        cat "sbatch.answers/$number" >&2
        exit 1
      fi
      echo $((number + 100))
      """)
    try program(
      "squeue",
      """
      [ ! -f squeue.answer ] || { cat squeue.answer >&2; exit 1; }
      [ -f queue ] || exit 0
      case $* in
        *--array*) cat queue ;;
        *) awk -F '|' '{ print $2 "|" $5 }' queue ;;
      esac
      """)
    try program("scontrol", "echo \"$*\" >>scontrol.calls; [ \"$1\" != show ] || echo 'MaxArraySize = 1001'")
    try program("scancel", "echo \"$*\" >>scancel.calls")
  }

  private func program(_ name: String, _ text: String) throws {
    let path = place.file("slurm-fake/" + name)
    try Data("#!/usr/bin/env bash\n\(text)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  /// Lets the n-th submission fail with a sentence, the job being taken or not.
  func refuse(_ number: Int, _ sentence: String, taken: Bool = false) throws {
    try place.write("sbatch.answers/\(number)", sentence + "\n")
    if taken { try place.write("sbatch.taken/\(number)", "") }
  }

  /// Runs make with these programs in front, and a patience of no time.
  func make(_ arguments: String...) throws -> Command.Result {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try Command.run(
      ["make", "BIN=fake", "LAUNCHER=slurm"] + arguments, in: place.path,
      environment: [
        "PATH": place.file("slurm-fake") + ":" + path, "ORDEREDAR_PATIENCE": "0 0", "ORDEREDAR_POLL": "0",
      ])
  }

  /// A submission that was asked for.
  struct Submission {
    let name: String
    let tasks: Int
    let after: [String]
    /// The file of its tasks, and from that the files it makes.
    let file: String
    let words: [String]
  }

  /// What was submitted since the last time this was asked.
  func submissions() throws -> [Submission] {
    let text = (try? String(contentsOfFile: place.file("sbatch.calls"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      func value(_ key: String) -> String {
        words.first { $0.hasPrefix("--\(key)=") }.map { String($0.dropFirst(key.count + 3)) } ?? ""
      }
      let array = value("array").split(separator: "%")[0].split(separator: "-")
      return Submission(
        name: value("job-name"), tasks: (Int(array[1]) ?? -1) + 1,
        after: value("dependency").split(separator: ",").map(String.init), file: value("comment"),
        words: words)
    }
  }

  /// The files that a submission makes, those of each task.
  func targets(_ submission: Submission) throws -> [Int: [String]] {
    let text = try String(contentsOfFile: place.file(submission.file), encoding: .utf8)
    return Dictionary(
      grouping: text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) },
      by: { Int($0[0]) ?? -1 }
    ).mapValues { $0.map { $0[1] } }
  }

  /// Lets the tasks of submissions wait or run.
  func queue(_ submissions: [Submission], _ state: String = "PENDING") throws {
    let lines = submissions.enumerated().flatMap { index, one in
      (0..<one.tasks).map { "\(index + 101)|\(index + 101)|\(state)|\($0)|\(one.file)|None\n" }
    }
    try place.write("queue", lines.joined())
  }
}

extension Workplace {
  /// Writes a text file, with the folders above it.
  func write(_ name: String, _ text: String) throws {
    let url = URL(filePath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }
}
