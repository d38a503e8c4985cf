import Kernels
import Synchronization

/// The parameters of a model, their values in one contiguous tensor and their gradients in another, so that whatever
/// goes through all of them (the optimiser, a norm, a sum over machines) makes one pass over memory.
///
/// Parameters follow each other in the order given, each from a whole cache line on. What lies between them is zero
/// and stays so: gradients there are never added to.
public final class ParameterArena: Sendable {
  public let layout: ArenaLayout
  /// All values, (layout.count).
  public let values: Tensor
  private let allocated = AtomicLazyReference<Tensor>()
  /// All gradients, (layout.count), allocated when the first parameter's is asked for.
  public var gradients: Tensor { allocated.load() ?? allocated.storeIfNil(Tensor([layout.count])) }

  /// Gives every parameter its place. Nothing may have used their values, and each may be in one arena only.
  public init(_ parameters: [Parameter]) {
    layout = ArenaLayout(counts: parameters.map(\.count))
    values = Tensor([layout.count])
    for (parameter, offset) in zip(parameters, layout.offsets) {
      parameter.move(to: ParameterPlace(arena: self, offset: offset))
    }
  }
}

/// Where tensors of given sizes lie in an arena of floats.
public struct ArenaLayout: Sendable, Equatable {
  /// Floats in a cache line of 64 bytes, to which every tensor is aligned.
  private static let line = 16

  /// Where each tensor begins.
  public let offsets: [Int]
  /// Floats of the whole arena, gaps included.
  public let count: Int

  /// - Parameter counts: the number of values of each tensor.
  public init(counts: [Int]) {
    var offsets: [Int] = []
    var end = 0
    for count in counts {
      offsets.append(end)
      end += (count + Self.line - 1) / Self.line * Self.line
    }
    self.offsets = offsets
    count = end
  }

  /// An arena of zeros with a view for each tensor. It takes memory only where it is written.
  public func zeros(shapes: [[Int]]) -> (arena: Tensor, views: [Tensor]) {
    precondition(
      shapes.count == offsets.count, "\(shapes.count) shapes in an arena of \(offsets.count) tensors")
    let arena = Tensor(sparse: [count])
    return (arena, zip(shapes, offsets).map { Tensor($0, viewing: arena, from: $1) })
  }
}

/// A parameter's place in an arena.
final class ParameterPlace: Sendable {
  private let arena: ParameterArena
  private let offset: Int

  init(arena: ParameterArena, offset: Int) {
    self.arena = arena
    self.offset = offset
  }

  func value(_ shape: [Int]) -> Tensor { Tensor(shape, viewing: arena.values, from: offset) }
  func gradient(_ shape: [Int]) -> Tensor { Tensor(shape, viewing: arena.gradients, from: offset) }
}
