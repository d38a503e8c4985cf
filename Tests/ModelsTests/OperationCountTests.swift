import Models
import Testing

/// Operation counts against figures worked out elsewhere (pipeline/method/orders.md §8) and against plain
/// sums.
@Suite struct OperationCountTests {
  /// The configuration that speed is measured at.
  private static let measured = AnyOrderConfiguration(
    width: 384, layers: 8, heads: 6, hidden: 1024, codes: 512, classes: 100, gridHeight: 8, gridWidth: 8)
  private static let extraLarge = AnyOrderConfiguration(
    width: 1280, layers: 36, heads: 20, hidden: 3584, codes: 16_384, classes: 1000, gridHeight: 16,
    gridWidth: 16)

  @Test func `greedy choice feeds the rows that the paper's parallel querying needs`() {
    #expect(Self.measured.greedyRows == 2144)
    #expect(Self.extraLarge.greedyRows == 33_152)
  }

  @Test func `a query costs two operations a weight`() {
    let sizes = Self.measured
    #expect(abs((sizes.queryOperations(context: 0) + sizes.headOperations) / 28.7e6 - 1) < 0.005)
    let large = Self.extraLarge
    #expect(abs((large.queryOperations(context: 0) + large.headOperations) / 1.51e9 - 1) < 0.005)
  }

  @Test func `a content row ends with its keys and values in the last block`() {
    let sizes = Self.measured
    let block = Double(2 * (4 * 384 * 384 + 3 * 384 * 1024))
    let saved = sizes.queryOperations(context: 0) - sizes.contentOperations(context: 0)
    #expect(saved == block - Double(2 * 2 * 384 * 384))
  }

  @Test func `attention to one more row costs two products of the width in every block`() {
    let sizes = Self.measured
    #expect(sizes.queryOperations(context: 8) - sizes.queryOperations(context: 7) == 8 * 4 * 384)
  }

  @Test func `extraction of one image adds up`() {
    // Two operations a weight and row give 61.6 GFLOP; attention adds, content rows take off.
    let sizes = Self.measured
    let queries = Double(sizes.greedyRows - sizes.locations)
    let weights = queries * (sizes.queryOperations(context: 0) + sizes.headOperations)
    var (asked, known) = (0, 0)
    for step in 0..<64 {
      asked += (64 - step) * (2 * step + 2)
      known += 2 * step + 1
    }
    let attention = Double(4 * 384 * (8 * asked + 7 * known))
    let expected = weights + 64 * sizes.contentOperations(context: 0) + attention
    #expect(abs(sizes.greedyOperations / expected - 1) < 1e-12)
    #expect(abs(sizes.greedyOperations / 61.6e9 - 1) < 0.03)
    let halves = sizes.greedyOperations(steps: 0..<32) + sizes.greedyOperations(steps: 32..<64)
    #expect(abs(halves / sizes.greedyOperations - 1) < 1e-12)
  }

  @Test func `an image of one token costs the same with and without a cache`() {
    var sizes = Self.measured
    (sizes.gridHeight, sizes.gridWidth) = (1, 1)
    #expect(sizes.orderedOperations == sizes.greedyOperations)
    #expect(sizes.uncachedOrderedOperations == sizes.greedyOperations)
    #expect(sizes.uncachedGreedyOperations(onePassEach: true) == sizes.greedyOperations)
    #expect(sizes.uncachedGreedyOperations(onePassEach: false) == sizes.greedyOperations)
  }

  @Test func `one pass for each location costs about what the rows say`() {
    // 91,520 rows for 64 tokens: Σ over steps of (64 − i) passes of 2i + 2 rows.
    let sizes = Self.measured
    let rows = (0..<64).reduce(0) { $0 + (64 - $1) * (2 * $1 + 2) }
    #expect(rows == 91_520)
    let perRow = sizes.uncachedGreedyOperations(onePassEach: true) / Double(rows)
    #expect(perRow > sizes.contentOperations(context: 0) && perRow < sizes.queryOperations(context: 128))
  }

  @Test func `the tokenizer's products are counted layer by layer`() {
    // 8x8 grey images, patches of 2x2, one level above the codes.
    let tokenizer = ImageTokenizer(
      configuration: ImageTokenizerConfiguration(
        imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2], residualBlocks: 1,
        attention: false, groups: 4, latentChannels: 6, patchWidth: 10, codes: 12, codeWidth: 5))
    // Patches, two residual blocks of two 1x1 convolutions, the output, the code projection, the search.
    let perCode = 4 * 10 + 4 * 10 * 10 + 10 * 6 + 6 * 5 + 12 * 5
    #expect(tokenizer.encodingOperations == Double(2 * 16 * perCode))
    // The projection; 3x3 to 8 channels; middle and lowest level: four blocks of 8 channels; upsampling; two
    // blocks of 4 channels at 8x8, the first with a shortcut; 3x3 to the image.
    let low = 5 * 6 + 9 * (6 * 8) + 4 * 2 * 9 * (8 * 8)
    let high = 9 * (8 * 8) + 9 * (8 * 4 + 4 * 4) + 8 * 4 + 2 * 9 * (4 * 4) + 9 * 4
    #expect(tokenizer.decodingOperations == Double(2 * (16 * low + 64 * high)))
  }
}
