import Testing

@Suite("Style that no formatter checks")
struct StyleTests {
  static let files = ["Sources", "Tests", "kmod", "Explorer", "Benchmarks", "Fuzz", "Examples"].flatMap {
    Project.files(below: $0, extension: "swift")
  }

  @Test("no file is over 400 lines")
  func length() throws {
    let found = try Self.files.filter { try Project.text($0).count { $0 == "\n" } > 400 }
    #expect(found.isEmpty)
  }

  @Test("nothing is left to be done in a comment")
  func openEnds() throws {
    // Put together, so that this file does not find itself.
    let pattern = try Regex("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b")
    let found = try Self.files.filter { try Project.text($0).contains(pattern) }
    #expect(found.isEmpty)
  }

  @Test("a file of a type's facet is named after the type")
  func names() throws {
    for file in Self.files where file.hasPrefix("Sources/") && file.contains("+") {
      let name = file.split(separator: "/").last.map(String.init) ?? ""
      let type = name.prefix { $0 != "+" }
      let isNamed = try Project.text(file).contains(type)
      #expect(isNamed, "\(file)")
    }
  }

  @Test("the core and the command's parts import nothing that is above them")
  func imports() throws {
    let allowed: [String: Set<String>] = [
      "PageTables": [],
      "PageTableEditing": ["PageTables", "Glibc", "Musl", "Darwin"],
      "MemoryImages": [
        "PageTables", "CPrefetch", "CZlib", "CZstd", "CLZO", "CSnappy", "Glibc", "Synchronization",
      ],
      "LiveMemory": ["PageTables", "MemoryImages", "CLiveMemory", "Glibc", "Synchronization"],
      "VirtualMachines": [
        "PageTables", "MemoryImages", "CMachineGuard", "Foundation", "Dispatch", "Glibc", "Synchronization",
      ],
      "LinuxKernel": ["PageTables", "MemoryImages", "Dispatch", "Glibc", "Musl", "Synchronization"],
      "KernelLab": ["PageTables", "PageTableEditing", "KernelOracle", "Glibc"],
    ]
    for (module, modules) in allowed {
      for file in Project.files(below: "Sources/\(module)", extension: "swift") {
        for match in try Project.text(file).matches(of: /(?m)^\s*(?:public |internal )?import (\w+)/) {
          #expect(modules.contains(String(match.1)), "\(file): \(match.1)")
        }
      }
    }
  }
}
