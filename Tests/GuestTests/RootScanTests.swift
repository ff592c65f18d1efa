import Foundation
import MemoryImages
import PageTables
import Testing

@testable import LinuxKernel

/// Page-table roots of real kernels, found in bare RAM: registers and `ps` tell whether they are the right
/// ones, and are shown to the tests only.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct RootScanTests {
  @Test("the roots in RAM are the processes, no more and no fewer", arguments: Guest.built)
  func findsProcesses(_ guest: Guest) throws {
    let memory = try guest.kernelMemory()
    let start = ContinuousClock.now
    let result = RootScan(memory).run()
    let time = ContinuousClock.now - start
    for format in result.formats {
      print("guest \(guest.name): \(format.format.name) \(format.format.virtualAddressBits), score \(format.score)")
      for (number, group) in format.groups.enumerated() {
        for root in group.roots {
          print(
            "  group \(number): \(hex(root.root.rawValue)) \(root.kind.rawValue) user \(root.userPageCount)"
              + " kernel \(root.kernelEntryCount) \(root.textDistance.map(hex) ?? "-")"
              + " \(root.directMap.map { hex($0.offset) } ?? "-")")
        }
      }
    }
    let best = try #require(result.best)
    let processes = best.processes.map(\.root)
    let expected = try guest.userProcessCount()
    print(
      "roots \(guest.name): processes true \(expected) found \(processes.count), master "
        + "\(best.master.map { hex($0.rawValue) } ?? "none"), direct map "
        + "\(best.directMap.map { hex($0.value) } ?? "none"), \(time), gaps \(result.gaps)")
    #expect(best.format.name.description == guest.truth.pagingFormat)
    #expect(processes.count == expected)
  }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

extension Guest {
  /// The guest's RAM as bare bytes.
  func kernelMemory() throws -> KernelMemory {
    let image = try openImage(self, "raw")
    return KernelMemory(
      image, ranges: image.ranges.filter { $0.state == .present }.map { RAMRange(first: $0.start, last: $0.last) })
  }

  /// How many processes with memory `ps` listed, `ps` itself left out: it had ended when the image was made.
  func userProcessCount() throws -> Int {
    let text = try String(contentsOf: folder.appending(path: "parts/ps"), encoding: .utf8)
    return text.split(separator: "\n").dropFirst().count { line in
      let columns = line.split(separator: " ", omittingEmptySubsequences: true)
      return columns.count > 5 && columns[3] != "0" && columns[5] != "ps"
    }
  }
}
