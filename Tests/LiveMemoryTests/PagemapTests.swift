import Foundation
import Testing

@testable import LiveMemory

@Suite("/proc/PID/pagemap and its companions")
struct PagemapTests {
  @Test("a present page has a frame, one in swap a slot, and hidden frames are none")
  func entries() {
    let present = PagemapEntry(rawValue: 1 << 63 | 1 << 61 | 1 << 56 | 0x1234)
    #expect(present.isPresent && present.frame == 0x1234 && present.swap == nil)
    #expect(present.flags == ["file-or-shared", "mapped-once"])
    let hidden = PagemapEntry(rawValue: 1 << 63 | 1 << 55)
    #expect(hidden.isPresent && hidden.frame == nil && hidden.flags == ["soft-dirty"])
    let swapped = PagemapEntry(rawValue: 1 << 62 | 0x77 << 5 | 3)
    #expect(swapped.isSwapped && !swapped.isPresent && swapped.frame == nil)
    #expect(swapped.swap?.type == 3 && swapped.swap?.offset == 0x77)
    let nothing = PagemapEntry(rawValue: 0)
    #expect(!nothing.isPresent && !nothing.isSwapped && nothing.frame == nil && nothing.swap == nil)
  }

  @Test("frames' flags have the kernel's names")
  func flags() {
    #expect(FrameFlags(rawValue: 1 << 26).names == ["page-table"])
    #expect(FrameFlags(rawValue: 1 << 22 | 1 << 12 | 1 << 5).names == ["lru", "anon", "thp"])
    #expect(FrameFlags(rawValue: 1 << 40).names.isEmpty)
  }

  @Test("a line of maps is an area; what is no such line is none")
  func maps() throws {
    let line = "7f1a2000-7f1a4000 r-xp 0001f000 fe:00 917519    /usr/lib/a file (deleted)"
    let area = try #require(ProcessArea(line[...]))
    #expect(area.first == 0x7f1a_2000 && area.last == 0x7f1a_3fff && area.permissions == "r-xp")
    #expect(area.fileOffset == 0x1f000 && area.inode == 917519)
    #expect(area.path == "/usr/lib/a file (deleted)")
    #expect(ProcessArea("10000-20000 rw-p 00000000 00:00 0 ")?.path == nil)
    for bad in [
      "", "10000", "20000-10000 rw-p 0 0 0", "1-2 rw 0 0:0 0", "x-y rw-p 0 0:0 0", "1-2 rw-p 0 0:0 z",
    ] {
      #expect(ProcessArea(bad[...]) == nil, "\(bad)")
    }
  }

  struct Stat: Sendable, CustomTestStringConvertible {
    var line: String
    var command: String
    var kind: RunningProcess.Kind
    var testDescription: String { line }
  }

  @Test(
    "a process is told by its stat line, whatever its name",
    arguments: [
      Stat(line: "7 (sh) S 1 7 7 0 -1 4194560 0", command: "sh", kind: .process),
      Stat(line: "7 (a) b (c) ) R 1 7 7 0 -1 4194560 0", command: "a) b (c) ", kind: .process),
      Stat(line: "7 (kworker/0:1) I 1 0 0 0 -1 69238880 0", command: "kworker/0:1", kind: .kernelThread),
      Stat(line: "7 (gone) Z 1 7 7 0 -1 4194560 0", command: "gone", kind: .zombie),
    ])
  func stat(_ example: Stat) throws {
    let process = try #require(RunningProcess(stat: example.line))
    #expect(process.pid == 7 && process.parent == 1)
    #expect(process.command == example.command && process.kind == example.kind)
  }

  @Test(
    "what is no stat line is no process",
    arguments: ["", "7", "7 (sh)", "7 (sh) S 1", "x (sh) S 1 7 7 0 -1 0"])
  func noStat(_ line: String) { #expect(RunningProcess(stat: line) == nil) }

  @Test("this process finds its own page and reads its value; without privilege its frame is hidden")
  func ownPage() throws {
    let pid = Int(ProcessInfo.processInfo.processIdentifier)
    let pages = try ProcessPages(pid: pid)
    let page = UnsafeMutableRawPointer.allocate(
      byteCount: 2 * pages.pageSizeBytes, alignment: pages.pageSizeBytes)
    defer { page.deallocate() }
    let address = UInt64(UInt(bitPattern: page))
    let number = UInt64.random(in: 1 ... .max)
    page.storeBytes(of: number, as: UInt64.self)
    let entry = try #require(try pages.entries(from: address, count: 1).first)
    #expect(entry.isPresent)
    #expect(pages.bytes(at: address, count: 8)?.number(at: 0, 8) == number)
    let area = try #require(try pages.areas().first { $0.first <= address && address <= $0.last })
    #expect(area.permissions.hasPrefix("rw"))
    #expect(RunningProcess(pid: pid)?.kind == .process)
    #expect(pages.bytes(at: .max - 4, count: 8) == nil)
    #expect(pages.bytes(at: address, count: 0) == nil)
  }

  @Test("a process that is not there is refused")
  func nobody() {
    #expect { try ProcessPages(pid: 1 << 30) } throws: { ($0 as? RungRefusal)?.reason == .absent }
  }
}
