import Features
import Formats
import Weights

/// Recognising the networks whose features `score` compares.
enum FeatureNetworks {
  static let inception = OfficialModel(
    title: "FID Inception-v3 (2015-12-05)", type: "fid-inception-v3", shapes: InceptionV3.tensorShapes)
  static let lite0 = OfficialModel(
    title: "EfficientNet-Lite0", type: "efficientnet-lite0", shapes: EfficientNetLite0.tensorShapes)

  /// The network whose keys these are, or nil.
  /// - Throws: `FormatError.mismatch` for torchvision's Inception, whose numbers are not the FID's.
  static func recognise(_ shapes: [String: [Int]], path: String) throws -> OfficialModel? {
    if shapes["Conv2d_1a_3x3.conv.weight"] != nil {
      let auxiliary = shapes.keys.contains { $0.hasPrefix("AuxLogits.") }
      let outputs = shapes["fc.weight"]?.first
      if auxiliary || outputs == 1000 {
        throw FormatError.mismatch(
          path: path,
          expected:
            "the Inception-v3 of the Fréchet Inception distance, pt_inception-2015-12-05-6726825d.pth "
            + "with fc.weight [1008, 2048]",
          found: "torchvision's, trained otherwise"
            + (auxiliary ? ", with AuxLogits.*" : " and with fc.weight \(shapes["fc.weight"] ?? [])")
            + ", whose distances compare with no published ones")
      }
      return inception
    }
    return shapes["stem.weight"] != nil && shapes["blocks.0.dw.weight"] != nil ? lite0 : nil
  }

  /// Tensors of the classifier, which EfficientNet-Lite0's features do not need but its file may hold.
  static func isClassifier(_ name: String, of model: OfficialModel) -> Bool {
    model.title == lite0.title && (name == "fc.weight" || name == "fc.bias")
  }
}
