import Dispatch
import Kernels
import Layers
import Synchronization
import Testing

@Suite struct ParameterTests {
  @Test func `threads that ask for a gradient first get the same one`() {
    for round in 0..<3_000 {
      let parameter = Parameter("w", shape: [256, 256])
      let threads = 2
      let ready = Atomic<Int>(0)
      let found = Mutex<[ObjectIdentifier]>([])
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        ready.add(1, ordering: .relaxed)
        // Those that run wait for each other a little; a machine with one core goes on without.
        for _ in 0..<100_000 where ready.load(ordering: .relaxed) < threads {}
        let gradient = parameter.gradient
        found.withLock { $0.append(ObjectIdentifier(gradient)) }
      }
      let only = ObjectIdentifier(parameter.gradient)
      #expect(found.withLock { $0.allSatisfy { $0 == only } }, "round \(round)")
      #expect(parameter.gradient.values.allSatisfy { $0 == 0 })
    }
  }
}
