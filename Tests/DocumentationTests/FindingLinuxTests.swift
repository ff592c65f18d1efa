import Foundation
import PageTables
import Testing

@testable import LinuxKernel
@testable import Views

@Suite("Documentation/FindingLinux.md")
struct FindingLinuxTests {
  private static let path = "Documentation/FindingLinux.md"

  /// A row of the table of kernels.
  struct Row: Sendable, CustomTestStringConvertible {
    var guest: String
    var cells: [String]
    var testDescription: String { guest }

    static let all: [Row] =
      ((try? Document(FindingLinuxTests.path))?.rows(under: "Kernels it was tested with") ?? [])
      .map { Row(guest: $0.key, cells: $0.cells) }
    static let built = all.filter { Project.guest($0.guest) != nil }
  }

  @Test("every guest has its row, and no other; every cell says something")
  func guests() throws {
    let data = Data(try Project.text("Tests/Guests/guests.json").utf8)
    let defined = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Row.all.map(\.guest).sorted() == defined.keys.sorted())
    for row in Row.all {
      #expect(row.cells.count == 8)
      #expect(["maple tree", "list"].contains(row.cells[3]))
      #expect(row.cells.dropFirst(4).allSatisfy { $0 == "yes" })
    }
  }

  @Test("files that it names exist")
  func files() throws {
    let names = try Project.text(Self.path).split(separator: "`").filter { $0.hasPrefix("Tests/") }
    #expect(names.count >= 3)
    for name in names { #expect(Project.exists(String(name)), "\(name)") }
  }

  @Test("every method of evidence has its place in the ladder, but an image's header's and the lab's")
  func methods() throws {
    let text = try Document(Self.path).rows(under: "The ladder of evidence").map { $0.cells[0] }.joined()
    let missing = Evidence.Method.allCases.filter { !text.contains("`\($0.rawValue)`") }
    #expect(missing == [.image, .registers, .lab])
  }

  @Test(
    "a guest's kernel, format and areas are those of its row, and what has a yes is there",
    arguments: Row.built)
  func kernel(_ row: Row) throws {
    struct Truth: Decodable {
      var kernelRelease: String
      var pagingFormat: String
    }
    let folder = try #require(Project.guest(row.guest))
    let truth = try JSONDecoder().decode(
      Truth.self, from: Data(contentsOf: folder.appending(path: "truth.json")))
    let image = folder.appending(path: "dump.elf").path(percentEncoded: false)
    let source = try SourceRequest(name: image).open()
    let kernel = try source.findKernel()
    #expect(truth.kernelRelease.hasPrefix(row.cells[1] + "."))
    #expect(kernel.release?.value == truth.kernelRelease)
    #expect("\(kernel.format.name)" == truth.pagingFormat)
    #expect(row.cells[2].hasPrefix("`\(truth.pagingFormat)`"))
    let method =
      kernel.layout["mm_struct.mm_mt"] != nil
      ? "maple tree" : kernel.layout["mm_struct.mmap"] != nil ? "list" : "none"
    #expect(method == row.cells[3])
    let first = try #require(kernel.process(1))
    #expect(kernel.areas(of: first).gaps.isEmpty)
    #expect(kernel.areas(of: first).areas.count > 5)
    #expect(kernel.isTaskListWhole && kernel.tasks.count > 40)
    let map = try #require(try source.kernelRegions())
    #expect(
      map.regions.contains { $0.name == "vmalloc" } && map.regions.contains { $0.name == "kernel text" })
    let modules = try String(contentsOf: folder.appending(path: "parts/modules"), encoding: .utf8)
      .split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(!modules.isEmpty)
    for module in modules { #expect(map.areas.contains { $0.owner == module }, "\(module)") }
    let isIsolated = row.cells[2].hasSuffix(", isolated")
    let answer = try ComparisonRequest().answer(from: source)
    #expect(answer.isComplete && answer.comparisons.count > 8)
    #expect(answer.comparisons.allSatisfy { ($0.userCopy != nil) == isIsolated })
  }
}
