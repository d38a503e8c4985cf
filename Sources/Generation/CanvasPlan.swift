/// A picture in cells that is larger than the model's grid, or shifted on it, and the windows in which the
/// model fills it one after the other.
public struct CanvasPlan: Sendable, Equatable {
  public enum Direction: String, Sendable, CaseIterable {
    case left, right, up, down

    /// Rows and columns of one cell in this direction.
    var step: (row: Int, column: Int) {
      switch self {
      case .left: (0, -1)
      case .right: (0, 1)
      case .up: (-1, 0)
      case .down: (1, 0)
      }
    }
  }

  /// A move by so many cells.
  public struct Move: Sendable, Equatable {
    public let direction: Direction
    public let cells: Int

    public init(_ direction: Direction, _ cells: Int) {
      self.direction = direction
      self.cells = cells
    }
  }

  /// The top left cell of a window of the model's size; inside the canvas.
  public struct Window: Sendable, Equatable {
    public let row: Int
    public let column: Int

    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// The canvas in cells.
  public let height: Int
  public let width: Int
  /// Where the top left cell of the image lies on it; outside for an image that was shifted up or left.
  public let origin: Window
  public let windows: [Window]

  /// The image itself, in one window.
  public init(grid: Int) {
    (height, width) = (grid, grid)
    origin = Window(row: 0, column: 0)
    windows = [origin]
  }

  /// The image moved on a canvas of its own size, in one window. What leaves the canvas is lost.
  public init(grid: Int, shifted moves: [Move]) {
    (height, width) = (grid, grid)
    let row = moves.reduce(0) { $0 + $1.direction.step.row * $1.cells }
    let column = moves.reduce(0) { $0 + $1.direction.step.column * $1.cells }
    origin = Window(row: row, column: column)
    windows = [Window(row: 0, column: 0)]
  }

  /// The image grown by all moves in turn.
  ///
  /// The picture grows by at most `stride` cells at a time. Windows at its new edge, side by side at steps of
  /// `stride`, fill what is new, each given what overlaps it.
  /// - Parameter stride: below `grid`, so that every window has known cells.
  public init(grid: Int, extended moves: [Move], stride: Int) {
    precondition(stride > 0 && stride < grid, "a window overlaps what is there")
    func total(_ direction: Direction) -> Int {
      moves.reduce(0) { $0 + ($1.direction == direction ? $1.cells : 0) }
    }
    height = grid + total(.up) + total(.down)
    width = grid + total(.left) + total(.right)
    origin = Window(row: total(.up), column: total(.left))
    var rows = origin.row..<origin.row + grid
    var columns = origin.column..<origin.column + grid
    var windows: [Window] = []
    for move in moves {
      var left = move.cells
      while left > 0 {
        let step = min(left, stride)
        left -= step
        switch move.direction {
        case .left: columns = columns.lowerBound - step..<columns.upperBound
        case .right: columns = columns.lowerBound..<columns.upperBound + step
        case .up: rows = rows.lowerBound - step..<rows.upperBound
        case .down: rows = rows.lowerBound..<rows.upperBound + step
        }
        switch move.direction {
        case .left, .right:
          let column = move.direction == .left ? columns.lowerBound : columns.upperBound - grid
          windows += Self.starts(rows, grid, stride).map { Window(row: $0, column: column) }
        case .up, .down:
          let row = move.direction == .up ? rows.lowerBound : rows.upperBound - grid
          windows += Self.starts(columns, grid, stride).map { Window(row: row, column: $0) }
        }
      }
    }
    self.windows = windows
  }

  /// Starts of windows that cover a range.
  private static func starts(_ range: Range<Int>, _ grid: Int, _ stride: Int) -> [Int] {
    var starts = [range.lowerBound]
    while let last = starts.last, last + grid < range.upperBound {
      starts.append(min(last + stride, range.upperBound - grid))
    }
    return starts
  }

  /// Whether one window is the whole canvas. One can also reach over an edge of a larger canvas, whose other cells
  /// it does not see.
  /// - Parameter grid: the model's side in cells.
  public func isWhole(grid: Int) -> Bool { windows.count == 1 && height == grid && width == grid }

  /// The cells of a window, row by row, as cells of the canvas.
  public func cells(of window: Window, grid: Int) -> [Int] {
    (0..<grid * grid).map { (window.row + $0 / grid) * width + window.column + $0 % grid }
  }

  /// Lays something of the image's cells (grid · grid · values) on the canvas; `empty` where the image is
  /// not.
  /// - Parameter side: elements along the side of a cell, such as its pixels.
  public func placing<Element>(_ image: [Element], grid: Int, side: Int = 1, values: Int = 1, empty: Element)
    -> [Element]
  {
    let extent = grid * side
    precondition(image.count == extent * extent * values, "the image fills its grid")
    return (0..<height * side).flatMap { y in
      (0..<width * side).flatMap { x -> [Element] in
        let (fromY, fromX) = (y - origin.row * side, x - origin.column * side)
        guard (0..<extent).contains(fromY), (0..<extent).contains(fromX) else {
          return [Element](repeating: empty, count: values)
        }
        let start = (fromY * extent + fromX) * values
        return Array(image[start..<start + values])
      }
    }
  }
}
