import Randomness

/// The pictures of one split with their classes, before any is read.
struct ImageListing {
  /// A picture of one class.
  struct Picture: Equatable {
    let label: UInt32
    let location: PictureLocation
  }

  /// A picture with its sample id.
  struct Entry: Equatable {
    let id: UInt64
    let label: UInt32
    let location: PictureLocation
  }

  let classNames: [String]
  let entries: [Entry]
  let warnings: [String]

  /// One image in this many goes to the test split when the data do not say which.
  static let testShare = 10

  /// Some pictures of a listing, with the ids that they have there.
  init(classNames: [String], entries: [Entry], warnings: [String]) {
    self.classNames = classNames
    self.entries = entries
    self.warnings = warnings
  }

  /// A data set that is divided: ids are positions, training pictures first.
  init(
    classNames: [String], train: [Picture], test: [Picture], split: ImageSplit, warnings: [String]
  ) {
    self.classNames = classNames
    entries = Self.numbered(split == .train ? train : test, from: split == .train ? 0 : train.count)
    self.warnings = warnings
  }

  /// A data set that is not: each class is shuffled with (seed, class) and gives a tenth of its pictures, at
  /// least one if it has two, to the test split.
  init(
    classNames: [String], undivided: [Picture], seed: UInt64, split: ImageSplit, warnings: [String]
  ) {
    self.classNames = classNames
    let all = Self.numbered(undivided, from: 0)
    var ids = [[UInt64]](repeating: [], count: classNames.count)
    for entry in all { ids[Int(entry.label)].append(entry.id) }
    var test = Set<UInt64>()
    for (label, ids) in ids.enumerated() where ids.count > 1 {
      var random = RandomStream(seed: seed, purpose: "data.split", UInt64(label))
      let share = max(1, ids.count / Self.testShare)
      for index in random.permutation(ids.count).prefix(share) { test.insert(ids[index]) }
    }
    entries = all.filter { test.contains($0.id) == (split == .test) }
    self.warnings = warnings
  }

  private static func numbered(_ pictures: [Picture], from firstID: Int) -> [Entry] {
    pictures.enumerated().map { index, picture in
      Entry(id: UInt64(firstID + index), label: picture.label, location: picture.location)
    }
  }
}
