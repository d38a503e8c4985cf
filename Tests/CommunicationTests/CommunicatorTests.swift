import Communication
import TestSupport
import Testing

@Suite struct CommunicatorTests {
  @Test(arguments: [1, 2, 4, 8]) func `what all have is gathered in the ranks' sequence`(count: Int) {
    let found = ThreadRanks.run(count) { ranks in
      var sums = [Double(ranks.rank), 1]
      ranks.add(&sums)
      return (
        ranks.gather([ranks.rank * 10, ranks.rank * 10 + 1]),
        ranks.gather(String(repeating: "é", count: ranks.rank)),
        ranks.first(ranks.rank + 5), sums
      )
    }
    for one in found {
      #expect(one.0 == (0..<count).flatMap { [$0 * 10, $0 * 10 + 1] })
      #expect(one.1 == (0..<count).map { String(repeating: "é", count: $0) })
      #expect(one.2 == 5)
      #expect(one.3 == [Double(count * (count - 1) / 2), Double(count)])
    }
  }

  @Test func `launchers say how many processes they started`() {
    #expect(Launch.processes(in: [:]) == 1)
    #expect(Launch.processes(in: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"]) == 4)
    #expect(Launch.number(in: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"]) == 2)
    #expect(Launch.processes(in: ["PMI_SIZE": "8", "PMI_RANK": "7"]) == 8)
    #expect(Launch.processes(in: ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]) == 2)
    // What a batch script sees of its job.
    #expect(Launch.processes(in: ["SLURM_NTASKS": "16", "SLURM_PROCID": "0"]) == 1)
    #expect(Launch.processes(in: ["PMI_SIZE": "many"]) == 1)
  }

  @Test func `processes of one machine share its cores`() {
    let four = ["OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_LOCAL_SIZE": "4"]
    #expect(Launch.cores(active: 16, of: 16, in: [:]) == 16)
    #expect(Launch.cores(active: 16, of: 16, in: four) == 4)
    #expect(Launch.cores(active: 2, of: 2, in: four) == 1)
    // Held on cores of its own already.
    #expect(Launch.cores(active: 4, of: 16, in: four) == 4)
    #expect(Launch.cores(active: 16, of: 16, in: ["SLURM_STEP_NUM_TASKS": "2"]) == 16)
  }
}
