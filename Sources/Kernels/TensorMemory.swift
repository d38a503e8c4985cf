import CHeap
import Foundation

/// Where the memory of tensors comes from.
public enum TensorMemory {
  /// The exit code where there is none left (pipeline/RUNNING.md, "Exit codes").
  private static let exitCode: Int32 = 70

  /// Has the allocator keep what tensors give back for the next ones. By its own rule glibc returns the top of the heap
  /// to the system as soon as it is free, and a step whose buffers come and go pays with a page fault for each 4 KiB of
  /// them: 71,000 instead of 8,000 in training the smallest tokenizer, a quarter of its time.
  private static let keepsFreedMemory: Void = heap_keep(512 << 20, 32 << 20)

  /// Memory of whole cache lines that `free` gives back; arbitrary content.
  ///
  /// Tensors are planned, not tried: nobody could do anything about a missing one. So where there is no memory the
  /// process ends, as it does for any other allocation in Swift, but with a sentence and an exit code.
  public static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    _ = keepsFreedMemory
    var pointer: UnsafeMutableRawPointer?
    if posix_memalign(&pointer, 64, (bytes + 63) / 64 * 64) == 0, let pointer { return pointer }
    end(lacking: bytes)
  }

  /// Memory of zeros that takes room only where it is written, page by page, and that `unmap` gives back.
  public static func map(bytes: Int) -> UnsafeMutableRawPointer {
    let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let pointer, pointer != MAP_FAILED else { end(lacking: bytes) }
    return pointer
  }

  public static func unmap(_ pointer: UnsafeMutableRawPointer, bytes: Int) { munmap(pointer, bytes) }

  private static func end(lacking bytes: Int) -> Never {
    let program = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "OrderedAR"
    let sentence =
      "\(program): There is no memory left for \(bytes) bytes more. Make the batch or the model smaller, or use a "
      + "machine or a limit (ulimit -v) with more memory.\n"
    FileHandle.standardError.write(Data(sentence.utf8))
    _exit(exitCode)
  }
}
