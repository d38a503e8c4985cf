import Files
import Foundation
import Images
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Completing images with the real binaries: inpaint, outpaint, edit, and their part of the workflow.
  @Suite struct EditTests {
    private static let tokens = "work/smoke/tokens/test"

    /// The words of a command on the smoke run's specialised model.
    private static func words(_ task: String, _ rest: [String], out: String = "out.shard") -> [String] {
      [
        Workplace.binaries + "/sample", task, "--config", "work/smoke/config/samples-distill-greedy.json",
        "--model", "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard",
        "--out", out,
      ] + rest
    }

    private func edit(
      _ place: Workplace, _ task: String, _ rest: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> SampleTable {
      let result = try Command.run(Self.words(task, rest), in: place.path)
      try #require(result.code == 0, "\(result.text)", sourceLocation: sourceLocation)
      return try SampleTable(reading: place.file("out.shard"))
    }

    private func test(_ place: Workplace) throws -> TokenTable {
      try TokenTable(reading: place.file(Self.tokens + "/tokens-00000-of-00001.shard"))
    }

    /// Checks what holds for every completed image.
    private func check(_ table: SampleTable, pasted: Bool = true) {
      for record in 0..<table.count {
        let mask = table.mask(of: record)
        let (before, after) = (Array(table.original(of: record)), Array(table.image(of: record)))
        let kept = mask.indices.filter { !mask[$0] }
        #expect(!kept.isEmpty && kept.count < mask.count)
        if pasted { #expect(kept.allSatisfy { before[$0] == after[$0] }, "known pixels are exact") }
        let known = table.known(of: record)
        let order = table.order(of: record)
        #expect(order.prefix(known.count { $0 }).allSatisfy { known[$0] })
      }
    }

    @Test func `inpainting keeps known tokens and pixels, and is the same in any batch and on any threads`()
      throws
    {
      let place = try SmokeRun.copy()
      let table = try edit(
        place, "inpaint", "--tokens", Self.tokens, "--images", "20", "--mask-fraction", "0.5")
      check(table)
      let tokens = try test(place)
      #expect(table.sampleIDs == Array(tokens.sampleIDs.prefix(20)))
      #expect(table.labels == Array(tokens.labels.prefix(20)))
      for record in 0..<20 {
        let known = table.known(of: record)
        #expect(known.count { $0 } == 24, "49 cells less round(24.5)")
        let (before, after) = (Array(tokens.tokens(of: record)), Array(table.tokens(of: record)))
        #expect(known.indices.allSatisfy { !known[$0] || before[$0] == after[$0] })
      }
      #expect(Set((0..<20).map { table.known(of: $0) }).count == 20, "every image has a mask of its own")
      let first = try edit(
        place, "inpaint", "--tokens", Self.tokens, "--images", "3", "--mask-fraction", "0.5", "--threads", "1"
      )
      #expect(first.images == Array(table.images.prefix(first.images.count)))
      #expect(first.orders == Array(table.orders.prefix(first.orders.count)))
      let other = try edit(
        place, "inpaint", "--tokens", Self.tokens, "--images", "3", "--mask-fraction", "0.5", "--shard",
        "00001-of-00002")
      #expect(other.edit?.known != first.edit?.known && other.seed != first.seed)
      let raw = try edit(
        place, "inpaint", "--tokens", Self.tokens, "--images", "3", "--mask-fraction", "0.5", "--no-paste")
      check(raw, pasted: false)
      #expect(raw.tokens == first.tokens)
    }

    @Test func `the same command is up to date, and another mask is not`() throws {
      let place = try SmokeRun.copy()
      let words = ["--tokens", Self.tokens, "--images", "2"]
      func run(_ rest: [String]) throws -> String {
        let result = try Command.run(Self.words("inpaint", words + rest), in: place.path)
        #expect(result.code == 0)
        return result.error
      }
      #expect(try run(["--rectangle", "0,0,8,8"]).contains("wrote out.shard"))
      #expect(try run(["--rectangle", "0,0,8,8"]).contains("out.shard is unchanged"))
      #expect(try run(["--rectangle", "0,0,8,9"]).contains("wrote out.shard"))
      #expect(try run(["--rectangle", "0,0,8,9", "--known-order", "greedy"]).contains("wrote out.shard"))
      #expect(
        try run(["--rectangle", "0,0,8,9", "--known-order", "greedy", "--dry-run"]).contains("unchanged"))
    }

    @Test func `an image and a mask as files are completed, and shown`() throws {
      let place = try SmokeRun.copy()
      // A shape of the data set, of which the lower right part is white in the mask.
      let before = try #require(
        try? edit(
          place, "inpaint", "--tokens", Self.tokens, "--images", "1", "--rectangle", "0,0,4,4"))
      let image = Image(width: 28, height: 28, channels: 1, pixels: Array(before.original(of: 0)))
      try PNG.write(image, to: place.file("image.png"))
      let masked = (0..<784).map { $0 % 28 >= 12 && $0 / 28 >= 18 }
      try PNG.write(
        Image(width: 28, height: 28, channels: 1, pixels: masked.map { $0 ? 255 : 0 }),
        to: place.file("mask.png"))
      let table = try edit(
        place, "edit", "--image", "image.png", "--mask", "mask.png", "--class", "1", "--png", "pictures")
      check(table)
      #expect(table.count == 1 && table.labels == [1] && table.mask(of: 0) == masked)
      // Cells of 4 pixels: columns from 3 and rows from 4, since row 4 has pixels 16 to 19.
      let unknown = table.known(of: 0).indices.filter { !table.known(of: 0)[$0] }
      #expect(unknown == (4..<7).flatMap { row in (3..<7).map { row * 7 + $0 } })
      #expect(table.edit?.facts["task"] == "edit" && table.edit?.facts["class"] == "1")
      let rectangle = try edit(
        place, "edit", "--image", "image.png", "--rectangle", "12,18,16,10", "--class", table.classNames[1])
      #expect(rectangle.images == table.images && rectangle.orders == table.orders)
      let grown = try edit(
        place, "inpaint", "--image", "image.png", "--rectangle", "12,18,16,10", "--class", "1", "--dilate",
        "1")
      #expect(grown.known(of: 0).count { !$0 } == 20 && grown.edit?.mask == table.edit?.mask)

      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("pictures/seed-1")).sorted()
      let stem = "00000-" + String(table.classNames[1].map { $0.isLetter || $0.isNumber ? $0 : "-" })
      #expect(names == [stem + "-result.png", stem + ".png", "edits.png"])
      let shown = try PNG.read(place.file("pictures/seed-1/\(stem).png")).image
      #expect(shown.width == 4 * 112 + 3 * 4 && shown.height == 112 && shown.channels == 3)
      let result = try PNG.read(place.file("pictures/seed-1/\(stem)-result.png")).image
      #expect(result.pixels == Array(table.image(of: 0)))
    }

    /// Few enough cells for a single window, which still does not see the whole canvas.
    @Test(arguments: [("right", 10, 7), ("up", 7, 10)])
    func `a picture grows by less than half of the grid`(side: String, width: Int, height: Int) throws {
      let place = try SmokeRun.copy()
      let tokens = try test(place)
      let made = try edit(
        place, "outpaint", "--tokens", Self.tokens, "--images", "2", "--extend", "\(side)=3")
      #expect((made.gridWidth, made.gridHeight) == (width, height))
      for image in 0..<2 {
        let order = made.order(of: image)
        #expect(order.count == 70 && Set(order).count == 70)
        // The 49 known cells come first, row by row, and keep their codes.
        let (row, column) = side == "up" ? (3, 0) : (0, 0)
        let known = (0..<49).map { (row + $0 / 7) * width + column + $0 % 7 }
        #expect(Array(order.prefix(49)) == known)
        #expect(
          known.map { made.tokens[image * 70 + $0] } == Array(tokens.tokens[image * 49..<(image + 1) * 49]))
      }
    }

    @Test func `pictures grow beyond the grid and shift on it`() throws {
      let place = try SmokeRun.copy()
      let grown = try edit(
        place, "outpaint", "--tokens", Self.tokens, "--images", "3", "--extend", "right=5", "--extend", "up=2"
      )
      check(grown)
      #expect(
        grown.gridWidth == 12 && grown.gridHeight == 9 && grown.imageWidth == 48 && grown.imageHeight == 36)
      let tokens = try test(place)
      for record in 0..<3 {
        let (canvas, image) = (Array(grown.tokens(of: record)), Array(tokens.tokens(of: record)))
        for cell in 0..<49 { #expect(canvas[(2 + cell / 7) * 12 + cell % 7] == image[cell]) }
        #expect(grown.known(of: record).count { $0 } == 49)
      }
      let shifted = try edit(
        place, "outpaint", "--tokens", Self.tokens, "--images", "2", "--shift", "left=3", "--class", "2")
      check(shifted)
      #expect(shifted.gridWidth == 7 && shifted.labels == [2, 2])
      for record in 0..<2 {
        let (canvas, image) = (Array(shifted.tokens(of: record)), Array(tokens.tokens(of: record)))
        for row in 0..<7 {
          #expect(Array(canvas[row * 7..<row * 7 + 4]) == Array(image[row * 7 + 3..<row * 7 + 7]))
        }
      }
    }

    @Test func `samples are completed as well, with their teacher and in a given order`() throws {
      let place = try SmokeRun.copy()
      let config = "work/smoke/config/samples-distill-random.json"
      let settings = try String(contentsOfFile: place.file(config), encoding: .utf8)
      try settings.replacing("\"random\"", with: "\"given\"").write(
        toFile: place.file("given.json"), atomically: true, encoding: .utf8)
      let order = Array((0..<49).reversed())
      try "# bottom up\n\(order.map(String.init).joined(separator: ", "))\n".write(
        toFile: place.file("order.txt"), atomically: true, encoding: .utf8)
      let samples = "work/smoke/samples/distill-teacher/samples-00000-of-00002.shard"
      let table = try edit(
        place, "inpaint", "--tokens", samples, "--images", "4", "--rectangle", "0,0,28,9", "--config",
        "given.json",
        "--orders", "order.txt", "--known-order", "given")
      check(table)
      #expect(
        (0..<4).allSatisfy {
          table.order(of: $0) == order.filter { $0 >= 21 } + order.filter { $0 < 21 }
        })
      let taught = try edit(
        place, "inpaint", "--tokens", samples, "--images", "4", "--rectangle", "0,0,28,9", "--config",
        "work/smoke/config/samples-distill-teacher.json", "--teacher", "work/smoke/anyorder/model.shard",
        "--known-order", "greedy")
      check(taught)
    }

    @Test func `bad requests are refused with one sentence`() throws {
      let place = try SmokeRun.copy()
      func png(_ name: String, _ size: Int, _ channels: Int = 1, _ value: UInt8 = 0) throws {
        try PNG.write(
          Image(width: size, height: size, colour: [UInt8](repeating: value, count: channels)),
          to: place.file(name))
      }
      try png("image.png", 28)
      try png("small.png", 14)
      try png("colour.png", 28, 3)
      try png("white.png", 28, 1, 255)
      let file = ["--image", "image.png", "--class", "0"]
      let shard = ["--tokens", Self.tokens]
      let cases: [(String, [String], Int32, String)] = [
        (
          "inpaint", file + ["--mask", "small.png"], 65,
          "small.png is a mask of 14x14 pixels, expected 28x28 as the image."
        ),
        ("inpaint", file + ["--mask", "image.png"], 65, "image.png covers no pixel of the 28x28 image."),
        (
          "inpaint", file + ["--mask", "white.png"], 65,
          "white.png touches all 7x7 cells, so that nothing of the image is left. Mask less, or draw whole images with 'sample'."
        ),
        (
          "inpaint", shard + ["--rectangle", "40,0,3,3"], 65,
          "The rectangle 40,0,3,3 covers no pixel of the 28x28 image."
        ),
        (
          "inpaint", shard + ["--rectangle", "0,0,28,28"], 65, "The rectangle 0,0,28,28 touches all 7x7 cells"
        ),
        (
          "inpaint", shard + ["--mask-fraction", "0.001"], 65, "The mask of a share of 0.001 covers no pixel"
        ),
        (
          "inpaint", shard + ["--mask-fraction", "1"], 64,
          "--mask-fraction must be between 0 and 1, found 1.0."
        ),
        ("inpaint", shard + ["--rectangle", "1,2,3"], 64, "--rectangle"),
        ("inpaint", shard, 64, "Give one of --mask, --rectangle and --mask-fraction, found 0 of them."),
        ("inpaint", ["--mask-fraction", "0.5"], 64, "Give one of --image and --tokens."),
        ("inpaint", ["--image", "image.png", "--rectangle", "0,0,9,9"], 64, "--image needs --class"),
        (
          "inpaint", shard + ["--images", "65", "--rectangle", "0,0,9,9"], 65,
          "holds 64 images, but --images asks for 65."
        ),
        ("edit", shard + ["--rectangle", "0,0,9,9"], 64, "edit needs --class"),
        (
          "edit", shard + ["--rectangle", "0,0,9,9", "--class", "99"], 64,
          "--class must be one of the model's "
        ),
        ("edit", shard + ["--rectangle", "0,0,9,9", "--class", "elephant"], 64, "found 'elephant'."),
        (
          "edit", ["--image", "small.png", "--class", "0", "--rectangle", "0,0,9,9"], 65,
          "small.png is 14x14 pixels, but the tokenizer's images are 28x28."
        ),
        (
          "edit", ["--image", "colour.png", "--class", "0", "--rectangle", "0,0,9,9"], 65,
          "colour.png is a colour image, but the tokenizer's images are grey."
        ),
        (
          "edit", ["--image", "nothing.png", "--class", "0", "--rectangle", "0,0,9,9"], 66,
          "nothing.png does not exist."
        ),
        ("outpaint", shard, 64, "Give either --extend or --shift."),
        ("outpaint", shard + ["--extend", "sideways=2"], 64, "--extend"),
        ("outpaint", shard + ["--shift", "left=7"], 64, "--shift must move the image by 1 to 6 cells"),
        ("outpaint", shard + ["--shift", "left=2", "--shift", "right=2"], 64, "--shift must move the image"),
        (
          "outpaint", shard + ["--extend", "left=2", "--stride", "7"], 64,
          "--stride must be below the grid's 7 cells"
        ),
      ]
      let names = place.folder.names
      for (task, rest, code, sentence) in cases {
        let result = try Command.run(Self.words(task, rest), in: place.path)
        #expect(result.code == code, "\(task) \(rest): \(result.text)")
        #expect(
          result.error.replacing("\n", with: " ").contains(sentence), "\(task) \(rest): \(result.error)")
        if code != 64 {
          #expect(result.error.split(separator: "\n").count { !$0.contains(" threads, ") } == 1)
        }
      }
      #expect(place.folder.names == names, "something was left behind")
      try place.made("tokens", "PRESET=smoke", "RUN=work/other", "SET=tokenizer.seed=5")
      let foreign = try Command.run(
        Self.words("inpaint", ["--tokens", "work/other/tokens/test", "--rectangle", "0,0,9,9"]),
        in: place.path)
      #expect(foreign.code == 65 && foreign.error.contains("codebook"), "\(foreign.error)")
      let tokenizer = try Command.run(
        Self.words(
          "inpaint", shard + ["--rectangle", "0,0,9,9", "--tokenizer", "work/other/tokenizer/model.shard"]),
        in: place.path)
      #expect(
        tokenizer.code == 65 && tokenizer.error.contains("the tokenizer of the model"), "\(tokenizer.error)")
    }

    @Test func `make completes test images, and the report shows them`() throws {
      let place = try SmokeRun.copy()
      let before = try SmokeRun.finished().results
      try place.made("editing", "PRESET=smoke")
      let results = try place.results()
      #expect(results.keys.count { $0.hasPrefix("editing/") && $0.hasSuffix(".shard") } == 4 * 3 * 2)
      #expect(results.filter { !$0.key.hasPrefix("editing/") } == before, "nothing else is made anew")
      let scores = try JSONValue(parsing: try place.bytes("work/smoke/editing/scores.json"))
      let edits = try #require(scores["edits"]?.array)
      #expect(edits.count == 12 && edits.allSatisfy { $0["known_pixels"]?["mean"]?.double == 1 })
      #expect(Set(edits.compactMap { $0["edit"]?["mask_fraction"]?.double }) == [0.25, 0.5, 0.75])
      let again = try place.made("editing", "PRESET=smoke")
      #expect(again.output == "make: Nothing to be done for 'editing'.\n")
      try place.made("all", "PRESET=smoke")
      let page = String(decoding: try place.bytes("work/smoke/report.html"), as: UTF8.self)
      #expect(page.contains("inpaint, 50 % masked") && page.contains("order of completion"))
      try place.made("clean-stale", "PRESET=smoke", "FORCE=1")
      #expect(try place.results() == results, "completed images are not stale")
      // Fewer arms: what is left is up to date but for the table.
      let fewer = try place.made("editing", "PRESET=smoke", #"SET=editing.arms={"distill-greedy":"greedy"}"#)
      #expect(fewer.error.contains("distill-greedy-25/samples-00000-of-00002.shard is unchanged"))
      #expect(!fewer.error.contains("wrote work/smoke/editing/distill"))
      #expect(fewer.error.contains("wrote work/smoke/editing/scores.json"))
    }
  }
}
