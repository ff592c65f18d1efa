import Foundation
import Testing
import Views

/// What guests' kernels showed of programs that the lab made, operation by operation, against the lab: areas,
/// pages, counters, faults. `scripts/test` records the logs (`scripts/guests observe`).
@Suite("the lab against guests' logs")
struct GuestLogTests {
  /// The guests that are asked, and by which rules the lab must follow them.
  static let cases: [Case] = [
    Case(guest: "amd64", architecture: "x86_64"), Case(guest: "i386", architecture: "i686"),
    Case(guest: "armhf", architecture: "armv7l"),
  ]

  struct Case: Sendable, CustomTestStringConvertible {
    var guest: String
    var architecture: String
    var testDescription: String { guest }

    var log: String? {
      let path = Guest(guest)?.folder.appending(path: "observed.log").path(percentEncoded: false)
      return path.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    }
  }

  @Test(
    "the lab does what the guest's kernel did",
    .enabled(
      if: cases.contains { $0.log != nil } || Guest.isRequired,
      "no guest's log is recorded; run scripts/guests observe"),
    arguments: cases.filter { $0.log != nil || Guest.isRequired })
  func replay(_ known: Case) throws {
    let log = try #require(known.log, "no log of \(known.guest); run scripts/guests observe")
    let report = try LabVerification.replay(logAt: log)
    #expect(report.architecture == known.architecture)
    #expect(!report.isNearest, "the rules of \(report.release) are known")
    #expect(report.operations >= 1000)
    #expect(report.framesSeen)
    #expect(report.mismatches.isEmpty, "\(report.text.joined(separator: "\n"))")
  }
}
