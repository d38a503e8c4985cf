import Kernels
import Layers
import Models
import TestSupport
import Testing
import Training

/// Muon's steps against the same in double precision, told by loops.
@Suite struct OrthogonalUpdateTests {
  private typealias Matrix = [[Double]]

  private static func times(_ a: Matrix, _ b: Matrix) -> Matrix {
    a.map { row in
      b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } }
    }
  }
  private static func transposed(_ a: Matrix) -> Matrix {
    a[0].indices.map { column in a.map { $0[column] } }
  }

  /// Five rounds, for matrices of any shape: of a tall one XᵀX takes the place of XXᵀ, on the other side.
  private static func orthogonal(_ matrix: Matrix) -> Matrix {
    let isTall = matrix.count > matrix[0].count
    var x = isTall ? transposed(matrix) : matrix
    let norm = x.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }.squareRoot() + 1e-7
    x = x.map { $0.map { $0 / norm } }
    for _ in 0..<5 {
      let gram = times(x, transposed(x))
      let square = times(gram, gram)
      let polynomial = gram.indices.map { i in
        gram.indices.map { -4.7750 * gram[i][$0] + 2.0315 * square[i][$0] }
      }
      let moved = times(polynomial, x)
      x = x.indices.map { i in x[i].indices.map { 3.4445 * x[i][$0] + moved[i][$0] } }
    }
    return isTall ? transposed(x) : x
  }

  private static func matrix(_ values: [Float], _ rows: Range<Int>, _ columns: Int) -> Matrix {
    rows.map { row in (0..<columns).map { Double(values[row * columns + $0]) } }
  }

  @Test(arguments: [(8, 20, 1), (20, 8, 1), (12, 12, 1), (24, 10, 3), (1, 7, 1)])
  func `steps are those of the formula, part by part`(rows: Int, columns: Int, parts: Int) {
    let parameter = Parameter("m", shape: [rows, columns])
    let bias = Parameter("b", shape: [5])
    parameter.value.copy(from: randomTensor([rows, columns], seed: 1, deviation: 1))
    let optimizer = AdamW(parameters: [parameter, bias], weightDecay: 0.1, orthogonalised: ["m": parts])
    var value = parameter.value.values.map(Double.init)
    var momentum = [Double](repeating: 0, count: value.count)
    for step in 0..<4 {
      let gradient = randomTensor([rows, columns], seed: UInt64(step + 9), deviation: 2).values
      for index in gradient.indices { parameter.gradient.pointer[index] = gradient[index] }
      let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(optimizer.step(rate: 0.02, clip: 3) - norm) < 1e-4)
      let factor = min(3 / (norm + 1e-6), 1)
      for index in momentum.indices {
        momentum[index] = 0.95 * momentum[index] + Double(gradient[index]) * factor
      }
      let ahead = momentum.indices.map { Float(Double(gradient[$0]) * factor + 0.95 * momentum[$0]) }
      let height = rows / parts
      for part in 0..<parts {
        let moved = Self.orthogonal(Self.matrix(ahead, part * height..<(part + 1) * height, columns))
        let size = 0.02 * 0.2 * Double(max(height, columns)).squareRoot()
        for row in 0..<height {
          for column in 0..<columns {
            let index = (part * height + row) * columns + column
            value[index] = value[index] * (1 - 0.02 * 0.1) - size * moved[row][column]
          }
        }
      }
      expectAgreement("a matrix", parameter.value.values, value.map(Float.init), within: 2e-5)
      let isZero = parameter.gradient.values.allSatisfy { $0 == 0 }
      #expect(isZero, "gradients are zero for the next step")
    }
  }

  @Test func `an orthogonal matrix has singular values near one`() {
    let tensor = randomTensor([10, 30], seed: 3, deviation: 1)
    let made = Self.orthogonal(Self.matrix(tensor.values, 0..<10, 30))
    let gram = Self.times(made, Self.transposed(made))
    let trace = gram.indices.reduce(0) { $0 + gram[$1][$1] }
    #expect(trace > 10 * 0.5 && trace < 10 * 1.4)
  }

  @Test func `hidden matrices take such steps, and all else Adam's`() {
    func trained(_ optimizer: TrainingSettings.Optimizer?) -> AnyOrderTrainer {
      let model = AnyOrderTransformer(configuration: DistinctImages.configuration)
      model.fillForTests(seed: 2)
      let settings = TrainingSettings(
        objective: .random, steps: 1, batch: 4, learningRate: 1e-3, seed: 5, optimizer: optimizer)
      let trainer = AnyOrderTrainer(model: model, settings: settings, data: DistinctImages.data)
      _ = trainer.takeStep()
      return trainer
    }
    let (adam, muon) = (trained(nil), trained(.muon))
    let matrices = muon.model.hiddenMatrices
    #expect(matrices["layers.0.attention.wqkv.weight"] == 3 && matrices["layers.1.attention.wo.weight"] == 1)
    #expect(matrices["output.weight"] == nil && matrices.keys.allSatisfy { $0.hasPrefix("layers.") })
    for (a, m) in zip(adam.model.parameters, muon.model.parameters) {
      let isSame = a.value.values == m.value.values
      #expect(isSame == (matrices[m.name] == nil), "\(m.name)")
    }
  }

  @Test func `steps are the same for any number of threads`() {
    let (alone, others) = ThreadCounts.results(attempts: 2) { () -> [Float] in
      let model = AnyOrderTransformer(configuration: DistinctImages.configuration)
      model.fillForTests(seed: 2)
      let settings = TrainingSettings(
        objective: .random, steps: 4, batch: 4, learningRate: 1e-3, seed: 5, optimizer: .muon)
      let trainer = AnyOrderTrainer(model: model, settings: settings, data: DistinctImages.data)
      for _ in 0..<4 { _ = trainer.takeStep() }
      return model.parameters.flatMap { $0.value.values }
    }
    #expect(!alone.isEmpty && others.isEmpty)
  }
}
