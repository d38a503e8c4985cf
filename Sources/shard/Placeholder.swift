import StageKit

@main
enum Placeholder {
  static func main() {}
}
