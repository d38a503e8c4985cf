import Foundation
import Kernels
import Models
import Randomness

extension ImageGenerator {
  /// One step of drawing locations and codes together (paper C.7): all free locations are asked in every
  /// branch, and entries of the guided table are drawn.
  func drawTogether(count: Int, state: inout GenerationState) {
    let images = state.requests.count
    ask(state, branches(images), state.free)
    let scale = settings.guidance(placed: state.placed, of: configuration.locations)
    let kept = max(Int((settings.jointShare * Double(configuration.codes)).rounded()), 1)
    for image in 0..<images {
      let request = state.requests[image]
      let free = state.free[image]
      let queries = [Array(free.indices)]
      let unconditional = settings.isGuided ? read(images + image..<images + image + 1, queries) : nil
      let logits = guided(read(image..<image + 1, queries), unconditional, scale: scale)
      let table = JointTable(
        logits: UnsafeBufferPointer(start: logits.pointer, count: free.count * configuration.codes),
        codes: configuration.codes)
      var stream = RandomStream(
        seed: request.seed, purpose: "sample.joint", request.image, UInt64(state.placed), request.window)
      let drawn = table.draw(
        count, kept: kept, temperature: settings.sampler.temperature, stream: &stream)
      session.commit(image, free[drawn[0].row])
      if settings.isGuided { session.commit(images + image, free[drawn[0].row]) }
      for entry in drawn {
        state.place(
          image, code: entry.code, location: free[entry.row], confidence: exp(table.logConfidence(entry.row)))
      }
    }
    state.finishStep(count)
  }
}
