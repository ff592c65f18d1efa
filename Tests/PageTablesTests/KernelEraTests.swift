import PageTables
import Testing

@Suite("Kernel eras")
struct KernelEraTests {
  @Test("a format's eras begin with the newest, each begins later than the next", arguments: FormatCase.all)
  func descending(_ test: FormatCase) {
    let eras = test.format.notPresentTables
    for (newer, older) in zip(eras, eras.dropFirst()) { #expect(newer.since > older.since) }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var release: String
    var era: String
    var testDescription: String { release }
  }

  static let cases = [
    Case(release: "7.2.13+deb14-amd64", era: "Linux 6.15 and later, x86-64"),
    Case(release: "6.12.95", era: "Linux 6.2 to 6.14, x86-64"),
    Case(release: "6.1.0-50-amd64", era: "Linux 5.19 to 6.1, x86-64"),
    Case(release: "5.10.0-33-amd64", era: "Linux 4.18 to 5.13, x86-64"),
    // Older than every era: the oldest is the nearest.
    Case(release: "3.16.0", era: "Linux 4.14 to 4.17, x86-64"),
  ]

  @Test("a kernel is read by the newest era that is not newer than it", arguments: cases)
  func chosen(_ test: Case) throws {
    let release = try #require(KernelRelease(test.release))
    #expect(PagingFormat.x86_64.reading(kernel: release).notPresent.era.description == test.era)
  }

  @Test("what is no release is none", arguments: ["", "6", "bookworm", "6.", ".1", "a.b", "99999999.1"])
  func refused(_ text: String) {
    #expect(KernelRelease(text) == nil)
  }
}
