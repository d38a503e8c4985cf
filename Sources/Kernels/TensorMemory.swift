import Foundation

/// Where the memory of tensors comes from.
public enum TensorMemory {
  /// The exit code where there is none left (pipeline/RUNNING.md, "Exit codes").
  private static let exitCode: Int32 = 70

  /// Memory of whole cache lines that `free` gives back; arbitrary content.
  ///
  /// Tensors are planned, not tried: nobody could do anything about a missing one. So where there is no memory the
  /// process ends, as it does for any other allocation in Swift, but with a sentence and an exit code.
  public static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    var pointer: UnsafeMutableRawPointer?
    if posix_memalign(&pointer, 64, (bytes + 63) / 64 * 64) == 0, let pointer { return pointer }
    let program = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "OrderedAR"
    let sentence =
      "\(program): There is no memory left for \(bytes) bytes more. Make the batch or the model smaller, or use a "
      + "machine or a limit (ulimit -v) with more memory.\n"
    FileHandle.standardError.write(Data(sentence.utf8))
    _exit(exitCode)
  }
}
