import Models
import Testing

/// Sizes from files: whatever they are, a sentence or a number, and no trap.
@Suite struct SizeLimitsTests {
  private static let hostile = [
    Int.min, -1, 0, 1, 3, 65_535, 65_536, 65_537, 1 << 20, 1 << 31, 1_000_000_000, 1 << 62, .max - 1, .max,
  ]

  private static let transformer = AnyOrderConfiguration(
    width: 32, layers: 2, heads: 2, hidden: 64, codes: 10, classes: 3, gridHeight: 3, gridWidth: 2)

  private static func tokenizer(
    _ encoder: ImageTokenizerConfiguration.Encoder = .convolutional
  ) -> ImageTokenizerConfiguration {
    ImageTokenizerConfiguration(
      imageSize: 16, imageChannels: 3, encoder: encoder, channels: 8, multipliers: [1, 2, 4],
      residualBlocks: 2, attention: true, groups: 4, latentChannels: 6, patchWidth: 12, codes: 20,
      codeWidth: 5)
  }

  @Test func `no size of a transformer traps, and none beyond all limits is accepted`() {
    let sizes: [WritableKeyPath<AnyOrderConfiguration, Int>] = [
      \.width, \.layers, \.heads, \.hidden, \.codes, \.classes, \.gridHeight, \.gridWidth,
    ]
    for first in sizes {
      for second in sizes {
        for value in Self.hostile {
          for other in Self.hostile {
            var changed = Self.transformer
            changed[keyPath: first] = value
            changed[keyPath: second] = other
            let problem = changed.problem
            if changed[keyPath: first] > 1 << 20 || changed[keyPath: first] < 1 { #expect(problem != nil) }
            if problem == nil { #expect(changed.parameterCount <= SizeLimits.parameters) }
          }
        }
      }
    }
    #expect(Self.transformer.problem == nil)
  }

  @Test func `no size of a tokenizer traps, and none beyond all limits is accepted`() {
    let sizes: [WritableKeyPath<ImageTokenizerConfiguration, Int>] = [
      \.imageSize, \.imageChannels, \.channels, \.residualBlocks, \.groups, \.latentChannels, \.patchWidth,
      \.codes, \.codeWidth,
    ]
    for encoder in [ImageTokenizerConfiguration.Encoder.convolutional, .patch] {
      for first in sizes {
        for second in sizes {
          for value in Self.hostile {
            for other in Self.hostile {
              var changed = Self.tokenizer(encoder)
              changed[keyPath: first] = value
              changed[keyPath: second] = other
              let problem = changed.problem
              if changed[keyPath: first] > 1 << 20 || changed[keyPath: first] < 1 { #expect(problem != nil) }
              if problem == nil { #expect(changed.parameterCount <= SizeLimits.parameters) }
            }
          }
        }
      }
      for multipliers in [
        [.max], [1, .max], [1, 1 << 62], [.min], [1024, 1024], [Int](repeating: 1, count: 65),
      ] {
        var changed = Self.tokenizer(encoder)
        changed.multipliers = multipliers
        changed.channels = 65_536
        #expect(changed.problem != nil)
      }
    }
    #expect(Self.tokenizer().problem == nil)
  }

  @Test func `parameters are counted without making any`() {
    #expect(
      AnyOrderTransformer(configuration: Self.transformer).parameterCount == Self.transformer.parameterCount)
    for (name, sizes) in AnyOrderConfiguration.official {
      let count = sizes.parameterShapes.values.reduce(0) { $0 + $1.reduce(1, *) }
      #expect(sizes.parameterCount == count, "\(name)")
    }
    var sizes: [ImageTokenizerConfiguration] = []
    for encoder in [ImageTokenizerConfiguration.Encoder.convolutional, .patch] {
      for (multipliers, levels) in [
        ([1], nil), ([1, 2, 4], nil), ([2, 1, 1], [0, 2]), ([1, 1, 2, 2], [1]), ([3, 3], []),
      ] as [([Int], [Int]?)] {
        for blocks in [1, 2, 3] {
          for attention in [true, false] {
            var changed = Self.tokenizer(encoder)
            (changed.multipliers, changed.attentionLevels) = (multipliers, levels)
            (changed.residualBlocks, changed.attention) = (blocks, attention)
            sizes.append(changed)
          }
        }
      }
    }
    for sizes in sizes {
      #expect(sizes.problem == nil)
      #expect(ImageTokenizer(configuration: sizes).parameterCount == sizes.parameterCount, "\(sizes)")
    }
    #expect(ImageTokenizerConfiguration.official[0].sizes.parameterCount == 71_883_403)
  }
}
