/// The tensors of the Inception-v3 network behind the Fréchet Inception distance, as the file
/// `pt_inception-2015-12-05-6726825d.pth` names them (spec/metrics §4).
public enum InceptionWeights {
  /// What a weights shard calls the network.
  public static let type = "fid-inception-v3"
  /// Outputs of the last layer, which count TensorFlow's classes; torchvision's network has 1000.
  public static let classes = 1008
  static let pooled = 2048

  /// The shape of every tensor that the network reads, by name.
  public static let tensorShapes: [String: [Int]] = {
    var shapes = ["fc.weight": [classes, pooled], "fc.bias": [classes]]
    for unit in units {
      shapes["\(unit.name).conv.weight"] = [unit.outputs, unit.inputs, unit.height, unit.width]
      for part in ["weight", "bias", "running_mean", "running_var"] {
        shapes["\(unit.name).bn.\(part)"] = [unit.outputs]
      }
    }
    return shapes
  }()

  /// A convolution with its batch normalisation.
  struct Unit {
    let name: String
    let inputs, outputs, height, width: Int
  }

  /// Every unit, from the image up.
  static let units: [Unit] = {
    var all: [Unit] = []
    /// Units one behind the other: name, outputs, kernel height and width.
    func chain(_ block: String, _ inputs: Int, _ steps: [(String, Int, Int, Int)]) {
      var inputs = inputs
      for (name, outputs, height, width) in steps {
        all.append(
          Unit(name: block + name, inputs: inputs, outputs: outputs, height: height, width: width))
        inputs = outputs
      }
    }
    chain(
      "Conv2d_", 3,
      [
        ("1a_3x3", 32, 3, 3), ("2a_3x3", 32, 3, 3), ("2b_3x3", 64, 3, 3), ("3b_1x1", 80, 1, 1),
        ("4a_3x3", 192, 3, 3),
      ])
    for (letter, inputs, pool) in [("b", 192, 32), ("c", 256, 64), ("d", 288, 64)] {
      let block = "Mixed_5\(letter).branch"
      chain(block, inputs, [("1x1", 64, 1, 1)])
      chain(block, inputs, [("5x5_1", 48, 1, 1), ("5x5_2", 64, 5, 5)])
      chain(block, inputs, [("3x3dbl_1", 64, 1, 1), ("3x3dbl_2", 96, 3, 3), ("3x3dbl_3", 96, 3, 3)])
      chain(block, inputs, [("_pool", pool, 1, 1)])
    }
    chain("Mixed_6a.branch", 288, [("3x3", 384, 3, 3)])
    chain(
      "Mixed_6a.branch", 288, [("3x3dbl_1", 64, 1, 1), ("3x3dbl_2", 96, 3, 3), ("3x3dbl_3", 96, 3, 3)])
    for (letter, width) in [("b", 128), ("c", 160), ("d", 160), ("e", 192)] {
      let block = "Mixed_6\(letter).branch"
      chain(block, 768, [("1x1", 192, 1, 1)])
      chain(block, 768, [("7x7_1", width, 1, 1), ("7x7_2", width, 1, 7), ("7x7_3", 192, 7, 1)])
      chain(
        block, 768,
        [
          ("7x7dbl_1", width, 1, 1), ("7x7dbl_2", width, 7, 1), ("7x7dbl_3", width, 1, 7),
          ("7x7dbl_4", width, 7, 1), ("7x7dbl_5", 192, 1, 7),
        ])
      chain(block, 768, [("_pool", 192, 1, 1)])
    }
    chain("Mixed_7a.branch", 768, [("3x3_1", 192, 1, 1), ("3x3_2", 320, 3, 3)])
    chain(
      "Mixed_7a.branch", 768,
      [("7x7x3_1", 192, 1, 1), ("7x7x3_2", 192, 1, 7), ("7x7x3_3", 192, 7, 1), ("7x7x3_4", 192, 3, 3)])
    for (letter, inputs) in [("b", 1280), ("c", pooled)] {
      let block = "Mixed_7\(letter).branch"
      chain(block, inputs, [("1x1", 320, 1, 1)])
      chain(block, inputs, [("3x3_1", 384, 1, 1), ("3x3_2a", 384, 1, 3)])
      chain(block, 384, [("3x3_2b", 384, 3, 1)])
      chain(block, inputs, [("3x3dbl_1", 448, 1, 1), ("3x3dbl_2", 384, 3, 3), ("3x3dbl_3a", 384, 1, 3)])
      chain(block, 384, [("3x3dbl_3b", 384, 3, 1)])
      chain(block, inputs, [("_pool", 192, 1, 1)])
    }
    return all
  }()
}
