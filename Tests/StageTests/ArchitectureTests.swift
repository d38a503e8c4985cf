import Foundation
import Testing

/// The rules that Package.swift states and that imports could break unnoticed.
struct ArchitectureTests {
  /// Direct dependencies by target, read from the manifest.
  private static func manifest() throws -> [String: Set<String>] {
    let text = try String(contentsOfFile: Workplace.project + "/Package.swift", encoding: .utf8)
    let kind = #"\.(?:systemLibrary|target|executableTarget|testTarget)\(\s*name: "([^"]+)""#
    let list = #"(?:,\s*dependencies: \[((?:[^\[\]]|\[[^\[\]]*\])*)\])?"#
    let target = try Regex(kind + list, as: (Substring, Substring, Substring?).self)
    var found: [String: Set<String>] = [:]
    for match in text.matches(of: target) {
      // Traits make a dependency optional; the architecture allows it with all of them.
      let list = (match.2 ?? "").replacing(/traits: \[[^\]]*\]/, with: "")
      let names = list.matches(of: /(?:name: )?"([A-Za-z-]+)"/).map { String($0.1) }
      found[String(match.1)] = Set(names)
    }
    return found
  }

  /// Project modules that the files of a target import.
  private static func imports(of target: String, among modules: Set<String>) throws -> Set<String> {
    let folder = Workplace.project + (target.hasSuffix("Tests") ? "/Tests/" : "/Sources/") + target
    var found: Set<String> = []
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init()
    where name.hasSuffix(".swift") {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      for match in text.matches(
        of: /(?m)^ *(?:@[a-z]+ |package |public )*import (?:struct |class |func )?([A-Za-z_]+)/)
      {
        let module = String(match.1)
        if modules.contains(module) { found.insert(module) }
      }
    }
    return found
  }

  /// Named one by one, although most follow from others: the package manager compiles a target anew only when one
  /// that it names has changed, and one compiled against yesterday's layout of a class corrupts memory.
  @Test func `targets name every target that they import, only those, and never a stage`() throws {
    let manifest = try Self.manifest()
    #expect(manifest.count > 20, "the manifest was understood")
    func reachable(_ target: String) -> Set<String> {
      var seen: Set<String> = []
      var open = [target]
      while let next = open.popLast() {
        for name in manifest[next] ?? [] where seen.insert(name).inserted { open.append(name) }
      }
      return seen
    }
    let modules = Set(manifest.keys.map { $0.replacing("-", with: "_") })
    for target in manifest.keys.sorted()
    where target.firstMatch(of: /^C[A-Z]/) == nil && target != "TestSupport" {
      let used = try Self.imports(of: target, among: modules)
      let missing = used.subtracting(manifest[target] ?? [])
      #expect(missing.isEmpty, "\(target) imports \(missing.sorted()) without naming them")
      let unused = (manifest[target] ?? []).intersection(modules).subtracting(used)
      #expect(unused.isEmpty, "\(target) names \(unused.sorted()) without importing them")
    }
    for stage in ["tokenize", "train-anyorder", "extract-orders", "distill", "sample", "score", "shard"] {
      #expect(!manifest.values.contains { $0.contains(stage) }, "\(stage) is imported by another target")
    }
    #expect(reachable("Shards") == ["CZstd", "Files"])
    #expect(reachable("Formats") == ["CZlib", "CZstd", "Files", "Shards"])
    #expect(reachable("StageKit").isDisjoint(with: ["Kernels", "Layers", "Models", "Training", "Orders"]))
    #expect(reachable("Kernels") == ["COpenBLAS", "CKernels", "CHeap", "CDNNL"])
  }
}
