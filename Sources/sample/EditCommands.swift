import ArgumentParser
import Generation
import Models
import Sampling
import StageKit

/// Which part of the image `inpaint` and `edit` draw anew.
struct MaskOptions: ParsableArguments {
  @Option(help: "PNG file of the image's size: white pixels are drawn anew.")
  var mask: String?
  @Option(help: "Pixels to draw anew, as x,y,width,height from the top left.")
  var rectangle: Rectangle?
  @Option(help: "Share of the cells to draw anew, other ones for each image and seed.")
  var maskFraction: Double?
  @Option(help: "With --mask-fraction: where these cells lie: scattered, or in a block or rectangle.")
  var maskShape: TokenMask.Shape?
  @Option(help: "Cells around the masked ones that are drawn anew as well.")
  var dilate = 0

  func validate() throws {
    let given = [mask != nil, rectangle != nil, maskFraction != nil].count { $0 }
    guard given == 1 else {
      throw ValidationError("Give one of --mask, --rectangle and --mask-fraction, found \(given) of them.")
    }
    if let maskFraction, !(maskFraction > 0 && maskFraction < 1) {
      throw ValidationError("--mask-fraction must be between 0 and 1, found \(maskFraction).")
    }
    if maskShape != nil, maskFraction == nil {
      throw ValidationError("--mask-shape goes with --mask-fraction.")
    }
    try requireOption(dilate, in: 0...SizeLimits.locations, "--dilate")
  }

  var region: EditRegion {
    if let mask { return .masked(.file(mask), dilation: dilate) }
    if let rectangle { return .masked(.rectangle(rectangle), dilation: dilate) }
    return .masked(.fraction(maskFraction ?? 0, maskShape ?? .scattered), dilation: dilate)
  }
}

extension TokenMask.Shape: ExpressibleByArgument {}

/// `sample inpaint`: draws a part of an image anew.
struct Inpaint: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws the masked part of images anew, given the rest.",
    discussion: """
      Cells that the mask touches are drawn in the order of the settings' arm, the
      others are read first, in one pass. Pixels outside the mask stay as they were.

      EXAMPLE:
        sample inpaint --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard \\
          --tokens work/smoke/tokens/test --images 8 --mask-fraction 0.5 \\
          --out inpainted.shard --png pictures

      \(StageExit.help)
      """)

  @OptionGroup var masks: MaskOptions
  @OptionGroup var edit: EditOptions

  static func checkSettings(_ path: String) throws { try ModelOptions.checkSettings(path) }

  func run() throws { try edit.run("inpaint", masks.region) }
}

/// `sample edit`: replaces what is under the mask by something of another class.
struct Edit: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws the masked part of images anew as another class.",
    discussion: """
      As inpaint, with the class to draw given for all images: what is under the mask
      is replaced by something of that class which fits the rest.

      EXAMPLE:
        sample edit --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard \\
          --tokens work/smoke/tokens/test --images 8 --rectangle 0,0,28,14 \\
          --class cross --out edited.shard --png pictures

      \(StageExit.help)
      """)

  @OptionGroup var masks: MaskOptions
  @OptionGroup var edit: EditOptions

  static func checkSettings(_ path: String) throws { try ModelOptions.checkSettings(path) }

  func validate() throws {
    if edit.className == nil, edit.models.words.prompts.isEmpty {
      throw ValidationError("edit needs --class, the class to draw, or --prompt.")
    }
  }

  func run() throws { try edit.run("edit", masks.region) }
}

/// `sample outpaint`: draws what surrounds an image.
struct Outpaint: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws beyond the edges of images.",
    discussion: """
      --extend makes the picture grow, in windows of the model's size that overlap
      what is there; --shift moves the image on a canvas of its own size and draws
      what it leaves free. Both take a direction (left, right, up, down) and a number
      of cells, and may be repeated. Pixels of the image stay as they were.

      EXAMPLE:
        sample outpaint --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard \\
          --tokens work/smoke/tokens/test --images 8 --extend right=4 \\
          --extend down=4 --out outpainted.shard --png pictures

      \(StageExit.help)
      """)

  @Option(help: "Let the picture grow: a direction and a number of cells, such as right=4.")
  var extend: [CanvasPlan.Move] = []
  @Option(help: "Move the image on its canvas: a direction and a number of cells, such as left=2.")
  var shift: [CanvasPlan.Move] = []
  @Option(
    help: "With --extend: most cells by which a window goes beyond what is there (default: half the grid).")
  var stride: Int?
  @OptionGroup var edit: EditOptions

  static func checkSettings(_ path: String) throws { try ModelOptions.checkSettings(path) }

  func validate() throws {
    if extend.isEmpty == shift.isEmpty { throw ValidationError("Give either --extend or --shift.") }
    if stride != nil && extend.isEmpty { throw ValidationError("--stride goes with --extend.") }
    try requireOption(stride, in: 1...SizeLimits.locations, "--stride")
    // In one direction a shift back and forth is nothing; a sum of cells stays small whatever the signs are.
    let cells = (extend + shift).reduce(0) { $0 + $1.cells }
    if cells > CanvasPlan.Move.mostCells {
      throw ValidationError(
        "--extend and --shift must give at most \(CanvasPlan.Move.mostCells) cells in all, found \(cells).")
    }
    if edit.knownOrder == .given { throw ValidationError("--known-order given is for inpaint and edit.") }
  }

  func run() throws {
    try edit.run("outpaint", extend.isEmpty ? .shifted(shift) : .extended(extend, stride: stride))
  }
}

extension CanvasPlan.Move: ExpressibleByArgument {
  /// The most cells of all moves together.
  static let mostCells = 1000

  /// Nil unless the text is a direction, `=` and 1 to 1,000 cells.
  public init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let direction = CanvasPlan.Direction(rawValue: String(parts[0])),
      let cells = Int(parts[1]), (1...Self.mostCells).contains(cells)
    else { return nil }
    self.init(direction, cells)
  }
}
