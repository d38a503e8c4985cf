import Foundation

extension Provenance.Input {
  /// A shard as an input: its file name and content id, from the header alone.
  public init(role: String, shard path: String) throws {
    let header = try ShardHeader.peek(path)
    self.init(role: role, name: URL(filePath: path).lastPathComponent, contentID: header.contentID)
  }
}
