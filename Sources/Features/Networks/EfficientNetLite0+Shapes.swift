/// What the network is made of, and what it costs.
extension EfficientNetLite0 {
  /// The shape of every tensor that the network reads, by name.
  public static var tensorShapes: [String: [Int]] {
    var result = [String: [Int]]()
    func add(_ name: String, _ shape: [Int], outputs: Int) {
      result["\(name).weight"] = shape
      result["\(name).bias"] = [outputs]
    }
    add("stem", [3, 3, 3, stemChannels], outputs: stemChannels)
    for (index, shape) in shapes.enumerated() {
      if shape.expansion > 1 {
        add("blocks.\(index).expand", [shape.inputs, shape.channels], outputs: shape.channels)
      }
      add("blocks.\(index).dw", [shape.kernel, shape.kernel, shape.channels], outputs: shape.channels)
      add("blocks.\(index).project", [shape.channels, shape.outputs], outputs: shape.outputs)
    }
    add("head", [shapes[shapes.count - 1].outputs, headChannels], outputs: headChannels)
    return result
  }

  /// Operations of one image up to the pooled features, two a multiply-add.
  public static var operations: Double {
    let stemSize = inputSize / 2
    var multiplyAdds = stemSize * stemSize * 27 * stemChannels
    for shape in shapes {
      let (before, after) = (shape.size * shape.size, shape.outputSize * shape.outputSize)
      if shape.expansion > 1 { multiplyAdds += before * shape.inputs * shape.channels }
      multiplyAdds += after * shape.channels * (shape.kernel * shape.kernel + shape.outputs)
    }
    let last = shapes[shapes.count - 1]
    multiplyAdds += last.outputSize * last.outputSize * last.outputs * headChannels
    return 2 * Double(multiplyAdds)
  }
}
