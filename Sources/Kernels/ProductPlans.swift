#if OneDNN
  import CDNNL
  import Foundation
  import Synchronization

  /// oneDNN's planned products, kept for use again: making one takes 0.2 to 0.4 ms, running one microseconds.
  ///
  /// A plan's memories are pointed at other rows for every run, so it serves one thread at a time. Threads therefore
  /// work at tables, each with its own plans; a thread takes any free table for the length of one product.
  final class ProductPlans: Sendable {
    /// Everything that oneDNN must know beforehand. Strides are in elements.
    struct Shape: Hashable {
      var m, n, k: Int
      var aRow, aColumn, bRow, bColumn, c: Int
      var storesFloats, adding: Bool

      func hash(into hasher: inout Hasher) {
        hasher.combine(m &* 0x9E37_79B1 &+ n &* 0x85EB_CA77 &+ k)
        hasher.combine(aRow &* 31 &+ aColumn &* 17 &+ bRow &* 7 &+ bColumn)
        hasher.combine(c &* 4 &+ (storesFloats ? 2 : 0) &+ (adding ? 1 : 0))
      }
    }

    private final class PlanTable: @unchecked Sendable {
      private let taken = Atomic<Bool>(false)
      /// Touched only by the thread that has taken the table.
      var plans: [Shape: od_plan] = [:]

      func tryToTake() -> Bool {
        !taken.load(ordering: .relaxed) && !taken.exchange(true, ordering: .acquiring)
      }

      func take() { while !tryToTake() { sched_yield() } }

      func give() { taken.store(false, ordering: .releasing) }

      func add(_ shape: Shape, _ plan: od_plan) -> od_plan {
        plans[shape] = plan
        return plan
      }
    }

    static let shared = ProductPlans()
    private let tables: [PlanTable]

    private init() {
      // Makes the engine before several threads want it.
      _ = od_engine()
      tables = (0..<4 * ProcessInfo.processInfo.activeProcessorCount).map { _ in PlanTable() }
    }

    /// Runs the product of this shape. `packed` nil: the second factor lies at `b`.
    func run(
      _ shape: Shape, a: UnsafeRawPointer, b: UnsafeRawPointer?, packed: UnsafePointer<od_packed>?,
      c: UnsafeMutableRawPointer
    ) {
      var table = take()
      if table.plans[shape] == nil {
        // Made for every thread at once, so that none meets a shape for the first time later on.
        table.give()
        for other in tables.prefix(max(Parallel.threads, 1)) {
          other.take()
          if other.plans[shape] == nil { other.plans[shape] = Self.plan(shape, packed: packed) }
          other.give()
        }
        table = take()
      }
      defer { table.give() }
      let plan = table.plans[shape] ?? table.add(shape, Self.plan(shape, packed: packed))
      let failed = withUnsafePointer(to: plan) { od_plan_run($0, a, b, packed, c) }
      precondition(failed == 0, "oneDNN could not run a product of \(shape)")
    }

    /// The first free table, so that no more of them fill with plans than threads work at once.
    private func take() -> PlanTable {
      while true {
        for table in tables where table.tryToTake() { return table }
        sched_yield()
      }
    }

    private static func plan(_ shape: Shape, packed: UnsafePointer<od_packed>?) -> od_plan {
      var plan = od_plan()
      let failed = od_plan_create(
        &plan, Int64(shape.m), Int64(shape.n), Int64(shape.k),
        od_strides(row: Int64(shape.aRow), column: Int64(shape.aColumn)),
        od_strides(row: Int64(shape.bRow), column: Int64(shape.bColumn)), packed,
        od_strides(row: Int64(shape.c), column: 1), shape.storesFloats ? 1 : 0, shape.adding ? 1 : 0)
      precondition(failed == 0, "oneDNN could not plan a product of \(shape)")
      return plan
    }
  }
#endif
