/// The mean Euclidean distance d between the grid cells of tokens generated one after the other (paper, Table
/// 4): d = mean over images of 1/(N − 1) Σₜ ‖pₜ₊₁ − pₜ‖.
public enum StepDistance {
  /// d of one order over a grid of the given width; an order of fewer than two cells has d = 0.
  public static func of(_ order: some Collection<UInt16>, gridWidth: Int) -> Double {
    guard order.count > 1 else { return 0 }
    var total = 0.0
    var previous: (row: Int, column: Int)?
    for position in order {
      let cell = (row: Int(position) / gridWidth, column: Int(position) % gridWidth)
      if let previous {
        let (rows, columns) = (cell.row - previous.row, cell.column - previous.column)
        total += Double(rows * rows + columns * columns).squareRoot()
      }
      previous = cell
    }
    return total / Double(order.count - 1)
  }

  /// d of every order in a table of orders stored one after the other.
  public static func ofEach(_ orders: [UInt16], gridHeight: Int, gridWidth: Int) -> [Double] {
    let length = gridHeight * gridWidth
    return stride(from: 0, to: orders.count, by: length).map {
      of(orders[$0..<$0 + length], gridWidth: gridWidth)
    }
  }
}
