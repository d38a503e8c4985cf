import Foundation

/// How this process was started: alone, or as one of many by a launcher of parallel programs.
public enum Launch {
  /// How many processes `mpirun`, `mpiexec` or `srun` started this program as; 1 if none of them did.
  ///
  /// Open MPI, MPICH and Slurm each tell the processes of a step. What a batch job says of itself, such as `SLURM_NTASKS`,
  /// is of the job and does not count.
  public static func processes(
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Int {
    value(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"], in: environment, from: 1) ?? 1
  }

  /// Which of them this is, from 0.
  public static func number(in environment: [String: String] = ProcessInfo.processInfo.environment) -> Int {
    value(["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"], in: environment, from: 0) ?? 0
  }

  /// How many cores this process can count on: its share of the machine's, where a launcher put several processes there and
  /// did not give each its own.
  /// - Parameter active: the cores that it may run on.
  public static func cores(
    active: Int, of all: Int = ProcessInfo.processInfo.processorCount,
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Int {
    guard active >= all, processes(in: environment) > 1 else { return max(active, 1) }
    let here = value(["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"], in: environment, from: 1)
    return max(active / (here ?? 1), 1)
  }

  /// The number in the first of some variables that holds one of at least `least`.
  private static func value(
    _ names: [String], in environment: [String: String], from least: Int
  ) -> Int? {
    names.lazy.compactMap { environment[$0] }.compactMap { Int($0) }.first { $0 >= least }
  }

  /// Why processes that were started together cannot work together.
  public struct Problem: Error, CustomStringConvertible, Equatable {
    public let description: String
  }

  /// Joins the processes that this one was started with.
  public static func join() throws(Problem) -> any Communicator {
    let processes = processes()
    guard processes > 1 else { return Alone() }
    #if MPI
      guard let joined = MessagePassing() else {
        throw Problem(
          description:
            "This MPI cannot be used from several threads: use one that was built for MPI_THREAD_SERIALIZED.")
      }
      guard joined.count == processes else {
        throw Problem(
          description:
            "The launcher started \(processes) processes, but MPI connects \(joined.count): start them with the "
            + "launcher of the MPI that this was built with (mpirun, or srun --mpi=pmix).")
      }
      guard joined.count & (joined.count - 1) == 0 else {
        throw Problem(
          description: "The launcher started \(processes) processes; expected a power of two: 1, 2, 4, 8, …")
      }
      return joined
    #else
      throw Problem(
        description:
          "The launcher started \(processes) processes, but this program was built without MPI, and all of them "
          + "would write the same files. Install libopenmpi-dev and run 'make build', or start one process.")
    #endif
  }
}
