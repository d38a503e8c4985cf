#if MPI
  import CMPI
  import Foundation

  /// Ranks that MPI connects, started by `mpirun` or `srun --mpi=pmix`.
  final class MessagePassing: Communicator {
    /// What MPI counts with an Int32, in whole pages.
    private static let most = 1 << 30

    let rank: Int
    let count: Int

    /// Joins the others; nil if the library cannot be used from more than one thread.
    init?() {
      guard om_start() == 0 else { return nil }
      rank = Int(om_rank())
      count = Int(om_count())
    }

    func exchange(
      _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with peer: Int
    ) {
      var start = 0
      repeat {
        let out = min(max(sent.count - start, 0), Self.most)
        let back = min(max(received.count - start, 0), Self.most)
        require(
          om_exchange(
            out > 0 ? sent.baseAddress?.advanced(by: start) : nil, Int32(out),
            back > 0 ? received.baseAddress?.advanced(by: start) : nil, Int32(back), Int32(peer)))
        start += Self.most
      } while start < max(sent.count, received.count)
    }

    func sum(_ values: UnsafeMutableBufferPointer<Float>) {
      let most = Self.most / MemoryLayout<Float>.size
      for start in stride(from: 0, to: values.count, by: most) {
        let count = min(values.count - start, most)
        require(om_sum(values.baseAddress?.advanced(by: start), Int32(count)))
      }
    }

    func finish() { om_finish() }

    func abort(code: Int32) -> Never {
      om_abort(code)
      exit(code)
    }

    /// MPI itself ends all ranks with a message where a call fails; should it be told to return instead, this does.
    private func require(_ result: Int32) {
      if result != 0 { abort(code: 70) }
    }
  }
#endif
