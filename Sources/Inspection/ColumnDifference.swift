import Files
import Foundation
import Shards

/// Where the numbers of one column differ between two shards, and by how much.
struct ColumnDifference {
  /// Elements compared.
  let elements: Int
  private(set) var different = 0
  /// The first element that differs.
  private(set) var first: Int?
  /// Whether the numbers are floating-point, so that it means something by how much they differ.
  let isFloating: Bool
  /// Largest difference of two finite numbers.
  private(set) var largest = 0.0
  /// Sum of the differences of finite numbers, over all elements.
  private(set) var sum = 0.0
  /// Elements that differ because one of the two is no finite number.
  private(set) var notFinite = 0
  /// The records with a difference, ascending.
  private(set) var records: [Int] = []

  /// Compares the elements that both have.
  /// - Parameters:
  ///   - size: elements of one record.
  ///   - tolerance: largest difference of floating-point numbers that passes as none.
  init(_ left: ColumnValues, _ right: ColumnValues, size: Int, tolerance: Double) {
    elements = min(left.count, right.count)
    isFloating = left.type == .f32 || left.type == .f16
    switch (left, right) {
    case (.u8(let one), .u8(let other)): compare(one, other, size)
    case (.u16(let one), .u16(let other)): compare(one, other, size)
    case (.u32(let one), .u32(let other)): compare(one, other, size)
    case (.u64(let one), .u64(let other)): compare(one, other, size)
    case (.i32(let one), .i32(let other)): compare(one, other, size)
    default: compare(floats: left.floats, right.floats, size, tolerance)
    }
  }

  private mutating func compare<T: FixedWidthInteger>(_ one: [T], _ other: [T], _ size: Int) {
    for index in 0..<elements where one[index] != other[index] { add(index, size) }
  }

  private mutating func compare(
    floats one: [Float], _ other: [Float], _ size: Int, _ tolerance: Double
  ) {
    for index in 0..<elements where !(one[index] == other[index] || (one[index].isNaN && other[index].isNaN))
    {
      let distance = abs(Double(one[index]) - Double(other[index]))
      if distance <= tolerance { continue }
      add(index, size)
      if distance.isFinite {
        largest = max(largest, distance)
        sum += distance
      } else {
        notFinite += 1
      }
    }
  }

  private mutating func add(_ index: Int, _ size: Int) {
    different += 1
    first = first ?? index
    if records.last != index / size { records.append(index / size) }
  }

  /// By how much, such as `12 of 98 elements differ (87.8 % equal)`.
  var text: String {
    var text = "\(grouped(different)) of \(grouped(elements)) elements differ"
    if isFloating {
      text += String(format: ", by up to %.4g and by %.4g on average over all", largest, mean)
      if notFinite > 0 { text += ", \(grouped(notFinite)) of them not finite in one" }
    } else {
      text += String(format: " (%.4g %% equal)", 100 - 100 * Double(different) / Double(max(elements, 1)))
    }
    return text
  }

  /// Mean difference over all elements.
  var mean: Double { sum / Double(max(elements, 1)) }
}
