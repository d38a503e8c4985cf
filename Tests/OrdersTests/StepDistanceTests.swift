import Foundation
import Orders
import TestSupport
import Testing

@Suite struct StepDistanceTests {
  @Test func `the step distance of raster, snake and stored orders is the table's`() throws {
    struct Table: Decodable {
      struct Row: Decodable { let n: Int, raster: Double, snake: Double }
      struct Example: Decodable { let n: Int, order: [Int], d: Double }
      let table: [Row]
      let examples: [Example]
    }
    let data = try Data(contentsOf: FixtureFile.folder.appending(path: "distance.json"))
    let fixture = try JSONDecoder().decode(Table.self, from: data)
    for row in fixture.table {
      let raster = GenerationOrder.raster(row.n * row.n)
      #expect(abs(GenerationOrder.meanStepDistance(raster, gridWidth: row.n) - row.raster) < 1e-12)
      let snake = raster.map { cell in
        let (y, x) = (cell / row.n, cell % row.n)
        return y * row.n + (y % 2 == 0 ? x : row.n - 1 - x)
      }
      #expect(GenerationOrder.meanStepDistance(snake, gridWidth: row.n) == row.snake)
    }
    for example in fixture.examples {
      #expect(abs(GenerationOrder.meanStepDistance(example.order, gridWidth: example.n) - example.d) < 1e-12)
    }
    #expect(GenerationOrder.meanStepDistance([3], gridWidth: 2) == 0)
  }

  @Test func `the mean step distance of a raster order is known`() {
    #expect(abs(GenerationOrder.meanStepDistance(GenerationOrder.raster(256), gridWidth: 16) - 1.8255) < 1e-4)
  }
}
