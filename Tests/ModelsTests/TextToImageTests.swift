import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// The model of texts and images against `t2i-a` and `t2i-c`. Limits are ten times what float32 costs the reference.
@Suite struct TextToImageTests {
  @Test(arguments: TextToImageFixture.names)
  func `logits and losses of codes and texts are the reference's`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    let pass = AnyOrderPass(model: fixture.model(), training: false)
    expectAgreement(
      "\(name)'s logits", pass.logits(of: fixture.batch), fixture.file.floats("image_logits"), within: 3e-5)
    expectAgreement(
      "\(name)'s logits of texts", pass.textLogits(of: fixture.batch), fixture.file.floats("text_logits"),
      within: 3e-5)
    let losses = pass.allLosses(of: fixture.batch)
    expectAgreement("\(name)'s losses", losses.codes, fixture.file.floats("image_ce"), within: 3e-5)
    expectAgreement("\(name)'s losses of texts", losses.texts, fixture.file.floats("text_ce"), within: 3e-5)
    var raster = fixture.batch
    raster.orders = (0..<fixture.count).flatMap { _ in 0..<fixture.locations }
    expectAgreement(
      "\(name)'s logits in raster order", pass.logits(of: raster), fixture.file.floats("raster_image_logits"),
      within: 3e-5)
  }

  @Test(arguments: TextToImageFixture.names)
  func `every gradient is the reference's`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    let model = fixture.model()
    // A capacity below the batch: gradients are summed over parts.
    for capacity in [fixture.count, 1] {
      for parameter in model.parameters { parameter.gradient.fill(0) }
      let pass = AnyOrderPass(model: model, capacity: capacity, training: true)
      let losses = pass.accumulateGradients(of: fixture.batch, dropouts: nil)
      let mean = { (values: [Float]) in values.reduce(0.0) { $0 + Double($1) } / Double(values.count) }
      #expect(abs(mean(losses.codes) - fixture.facts.imageLoss) < 1e-5)
      #expect(abs(mean(losses.texts) - fixture.facts.textLoss) < 1e-5)
      for parameter in model.parameters {
        expectAgreement(
          "\(name)'s gradient of \(parameter.name)", parameter.gradient.values,
          fixture.values(of: parameter.name, "grad."), within: 8e-6)
      }
    }
  }

  @Test(arguments: TextToImageFixture.names)
  func `a session gives the logits of whole sequences, in every precision`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    let (model, batch, count) = (fixture.model(), fixture.batch, fixture.locations)
    for precision in Precision.tested {
      let session = DecodingSession(model: model, sequences: fixture.count, precision: precision)
      let images = 0..<fixture.count
      for image in images { session.start(image, batch.conditions[image]) }
      var found = [[Float]](repeating: [], count: fixture.count)
      for step in 0..<count {
        let placed = images.map { image -> [PlacedToken] in
          guard step > 0 else { return [] }
          let location = batch.orders[image * count + step - 1]
          return [PlacedToken(location: location, code: batch.tokens[image * count + location])]
        }
        let asked = images.map { [batch.orders[$0 * count + step], batch.orders[$0 * count + count - 1]] }
        session.advance(images, placed: placed, asking: asked)
        let logits = session.logits(images.map { ($0, 0) })
        for image in images {
          found[image] += (0..<logits.columns).map { logits.row(image)[$0] }
          session.commit(image, batch.orders[image * count + step])
        }
      }
      expectAgreement(
        "\(name)'s logits step by step in \(precision)", found.flatMap { $0 },
        fixture.file.floats("image_logits"), within: precision == .float32 ? 3e-5 : 0.1)
    }
  }

  @Test func `what is left out of a configuration is as before, and everything else comes back`() throws {
    let classes = AnyOrderConfiguration(
      width: 24, layers: 2, heads: 2, hidden: 48, codes: 20, classes: 3, gridHeight: 3, gridWidth: 4)
    let text = try TextToImageFixture("t2i-c").configuration
    for sizes in [classes, text] {
      #expect(sizes.problem == nil)
      let data = try JSONEncoder().encode(sizes)
      #expect(try JSONDecoder().decode(AnyOrderConfiguration.self, from: data) == sizes)
      let model = AnyOrderTransformer(configuration: sizes)
      #expect(model.parameterCount == sizes.parameterCount)
      #expect(
        Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.shape) })
          == sizes.parameterShapes)
    }
    let keys = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(classes)) as? [String: Any])
    #expect(
      Set(keys.keys)
        == ["width", "layers", "heads", "hidden", "codes", "classes", "grid_height", "grid_width"])
  }

  @Test func `a new model of texts predicts nothing much, and its tables do not decay`() throws {
    let sizes = try TextToImageFixture("t2i-a").configuration
    let model = AnyOrderTransformer(configuration: sizes)
    model.initialise(seed: 5)
    #expect(model.layout.parameters.allSatisfy { !$0.decays })
    #expect(model.parameters.filter(\.decays).count == 4 * sizes.layers + 2)
    let deviation = { (values: [Float]) in
      (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
    #expect(abs(deviation(model.layout.parameters[0].value.values) - 1) < 0.05)
    let bound = 1 / Float(sizes.width).squareRoot()
    let head = model.head.weight.value.values
    #expect(
      head.allSatisfy { abs($0) <= bound }
        && abs(deviation(head) - bound / Float(3).squareRoot()) < 0.05 * bound)
    #expect(model.blocks[0].output.scale?.value.values.allSatisfy { $0 == 0.1 } == true)
  }
}
