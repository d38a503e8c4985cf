import Foundation

extension Provenance.Input {
  /// A shard as an input: its file name and content id, from the header alone.
  public init(role: String, shard path: String) throws {
    self.init(role: role, shard: path, try ShardHeader.peek(path))
  }

  /// A shard whose header is at hand.
  public init(role: String, shard path: String, _ header: ShardHeader) {
    self.init(role: role, name: URL(filePath: path).lastPathComponent, contentID: header.contentID)
  }
}
