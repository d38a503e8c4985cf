import CKernels
import Foundation
import Kernels
import Layers
import Testing

/// Attention on cached rows against its definition in double precision, on the stored numbers.
@Suite struct CachedAttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var heads = 2
    var head = 64
    var rows: Int
    var history: Int
    var causal = false
    var testDescription: String {
      "\(causal ? "causal" : "independent"), \(rows) rows on \(history), \(heads) heads of \(head)"
    }
  }

  static let cases = [
    Case(rows: 1, history: 1), Case(rows: 3, history: 16), Case(rows: 4, history: 31),
    Case(rows: 13, history: 77), Case(rows: 66, history: 63), Case(head: 4, rows: 7, history: 5),
    Case(heads: 3, head: 20, rows: 6, history: 40), Case(rows: 1, history: 0, causal: true),
    Case(rows: 9, history: 14, causal: true), Case(head: 12, rows: 34, history: 33, causal: true),
  ]

  @Test(arguments: cases)
  func `floats give what the definition gives`(_ example: Case) {
    let error = largestError(example, Float.self, ck_decoding_float32, store: { $0 }, load: { $0 })
    #expect(error < 2e-6)
  }

  /// Probabilities and results are rounded to 8 bits.
  @Test(arguments: cases)
  func `bfloat16 gives what the definition gives, up to rounding`(_ example: Case) {
    for kernels in [ck_decoding_bfloat16, ck_decoding_bfloat16_portable] {
      let error = largestError(example, BFloat16.self, kernels, store: BFloat16.init, load: \.float)
      #expect(error < 0x1p-7)
    }
  }

  @Test func `a row's result does not depend on the rows beside it`() {
    let attention = CachedAttention(heads: 2, headWidth: 32)
    let (slots, history, rows) = (64, 41, 11)
    let (cache, projected) = filled(attention, slots: slots, history: history, rows: rows)
    let scratch = Tensor(attention.scratchCount(slots: slots))
    let together = TensorOf<BFloat16>(rows, 64)
    attention.independent(
      projected.pointer, rows: rows, cache: cache.pointer, slots: slots, history: history,
      into: together.pointer, scratch: scratch.pointer)
    for row in 0..<rows {
      let alone = TensorOf<BFloat16>(1, 64)
      attention.independent(
        projected.row(row), rows: 1, cache: cache.pointer, slots: slots, history: history,
        into: alone.pointer, scratch: scratch.pointer)
      #expect(alone.values == Array(together.values[row * 64..<(row + 1) * 64]))
    }
  }

  private func filled(
    _ attention: CachedAttention, slots: Int, history: Int, rows: Int
  ) -> (TensorOf<BFloat16>, TensorOf<BFloat16>) {
    let width = attention.heads * attention.headWidth
    let cache = TensorOf<BFloat16>(attention.cacheElements(slots: slots))
    for slot in 0..<history {
      let row = TensorOf([2 * width], values: numbers(2 * width, seed: slot).map(BFloat16.init))
      attention.store(UnsafePointer(row.pointer), in: cache.pointer, slots: slots, at: slot)
    }
    let values = numbers(rows * 3 * width, seed: 999).map(BFloat16.init)
    return (cache, TensorOf([rows, 3 * width], values: values))
  }

  private func numbers(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 500 - 2 }
  }

  private func largestError<Element: BitwiseCopyable>(
    _ example: Case, _ type: Element.Type, _ kernels: ck_decoding_kernels, store: (Float) -> Element,
    load: (Element) -> Float
  ) -> Double {
    let (heads, head, history) = (example.heads, example.head, example.history)
    let width = heads * head
    let slots = (history + (example.causal ? example.rows : 0) + 15) / 16 * 16 + 16
    let cache = TensorOf<Element>(ck_cache_elements(heads, head, slots))
    let projected = TensorOf(
      [example.rows, 3 * width], values: numbers(example.rows * 3 * width, seed: 999).map(store))
    var cached = (0..<history).map { numbers(2 * width, seed: $0).map(store) }
    if example.causal {
      cached += (0..<example.rows).map { row in
        Array(UnsafeBufferPointer(start: projected.row(row) + width, count: 2 * width))
      }
    }
    for (slot, row) in cached.enumerated() { kernels.store(row, heads, head, cache.pointer, slots, slot) }
    let out = TensorOf<Element>(example.rows, width)
    let scratch = Tensor(ck_attend_scratch(head, slots))
    var asked = ck_cached_rows(
      rows: projected.pointer, count: example.rows, heads: heads, head: head, cache: cache.pointer,
      slots: slots, visible: history + (example.causal ? 1 : 0), step: example.causal ? 1 : 0,
      own: example.causal ? 0 : 1)
    let scale = 1 / Float(head).squareRoot()
    kernels.attend(&asked, scale, out.pointer, scratch.pointer)
    var worst = 0.0
    for row in 0..<example.rows {
      let own = UnsafeBufferPointer(start: projected.row(row), count: 3 * width).map { Double(load($0)) }
      let seen =
        cached.prefix(history + (example.causal ? row + 1 : 0)).map { $0.map { Double(load($0)) } }
        + (example.causal ? [] : [Array(own[width...])])
      for h in 0..<heads {
        let part = h * head..<(h + 1) * head
        let weights = seen.map { other in
          exp(zip(own[part], other[part]).reduce(0) { $0 + $1.0 * $1.1 } * Double(scale))
        }
        let total = weights.reduce(0, +)
        for column in part {
          let exact = zip(weights, seen).reduce(0) { $0 + $1.0 * $1.1[width + column] } / total
          worst = max(worst, abs(exact - Double(load(out[row * width + column]))) / 2)
        }
      }
    }
    return worst
  }
}
