import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// Symbols, types and VMCOREINFO found in real kernels' memory, against what those kernels said themselves.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct SymbolTests {
  struct KnownOffsets {
    var architecture: String
    var release: String
    var offsets: KeyValuePairs<String, Int>
  }

  /// Offsets that the debug information of Debian's kernels gives.
  static let knownOffsets = [
    KnownOffsets(
      architecture: "x86-64", release: "6.1.0-",
      offsets: [
        "task_struct.tasks": 2192, "task_struct.mm": 2272, "task_struct.active_mm": 2280,
        "task_struct.pid": 2416, "task_struct.tgid": 2420, "task_struct.real_parent": 2432,
        "task_struct.group_leader": 2480, "task_struct.comm": 2976, "mm_struct.pgd": 72,
        "mm_struct.mm_mt": 0, "maple_tree.ma_root": 8, "maple_tree.ma_flags": 16,
        "vm_area_struct.vm_start": 0, "vm_area_struct.vm_end": 8, "vm_area_struct.vm_flags": 32,
        "vm_area_struct.vm_pgoff": 104, "vm_area_struct.vm_file": 112, "file.f_path": 16,
        "dentry.d_name": 32, "dentry.d_parent": 24, "dentry.d_iname": 56, "maple_range_64.slot": 128,
      ]),
    KnownOffsets(
      architecture: "x86-64", release: "6.12.",
      offsets: [
        "task_struct.tasks": 2224, "task_struct.mm": 2304, "task_struct.active_mm": 2312,
        "task_struct.pid": 2432, "task_struct.tgid": 2436, "task_struct.real_parent": 2448,
        "task_struct.group_leader": 2496, "task_struct.comm": 2976, "task_struct.thread_node": 2608,
        "mm_struct.pgd": 120, "mm_struct.mm_mt": 64, "maple_tree.ma_flags": 4,
        "vm_area_struct.vm_pgoff": 120, "vm_area_struct.vm_file": 128, "file.f_path": 64,
      ]),
    KnownOffsets(
      architecture: "aarch64", release: "6.1.0-",
      offsets: [
        "task_struct.tasks": 1128, "task_struct.mm": 1208, "task_struct.active_mm": 1216,
        "task_struct.pid": 1352, "task_struct.tgid": 1356, "task_struct.real_parent": 1368,
        "task_struct.group_leader": 1416, "task_struct.comm": 1912, "mm_struct.pgd": 56,
        "mm_struct.mm_mt": 0,
      ]),
  ]

  /// The text that the guest wrote into its folder.
  private func part(_ name: String, _ guest: Guest) throws -> String {
    try String(contentsOf: guest.folder.appending(path: "parts/\(name)"), encoding: .utf8)
  }

  @Test("every symbol of the kernel is found with its address and type", arguments: Guest.built)
  func symbolsEqualProc(_ guest: Guest) throws {
    let memory = try openImage(guest, "raw").kernelMemory
    let scan = EvidenceScan(memory)
    let told = VMCoreInfo.find(in: memory, pages: scan.vmcoreinfoPages).first?.info
    let clock = ContinuousClock()
    let begin = clock.now
    let search = Kallsyms.find(in: memory, digitTokens: scan.digitTokens, vmcoreinfo: told)
    let time = clock.now - begin
    let kallsyms = try #require(search.found.first, "\(search.rejected)")

    // The guest prints the table in the table's order; modules come behind, ftrace's and BPF's as well.
    var tally = Tally()
    var index = 0
    let symbols = kallsyms.symbols
    for line in try part("kallsyms", guest).split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 3 else { continue }
      guard index < symbols.count else {
        tally.differ("\(line) is missing")
        continue
      }
      let symbol = symbols[index]
      index += 1
      if symbol.address == UInt64(words[0], radix: 16), symbol.name == words[2],
        String(symbol.type) == words[1]
      {
        tally.count("symbols equal")
      } else {
        tally.differ("\(line) is \(symbol)")
      }
    }
    print("guest \(guest.name), kallsyms: \(tally)\n  \(kallsyms.evidence.detail)")
    print("  \(time), \(search.rejected.count) places rejected, \(kallsyms.gaps) \(kallsyms.doubts)")
    #expect(tally.differenceCount == 0)
    #expect(index == symbols.count)
    #expect(symbols.count == kallsyms.symbolCount)
    #expect(tally["symbols equal"] > 30_000)
    #expect(kallsyms.gaps.isEmpty)
    #expect(kallsyms.doubts.isEmpty)
    #expect(search.found.count == 1)
  }

  @Test("VMCOREINFO in memory is the text of the kernel's own note", arguments: Guest.built)
  func vmcoreinfoEqualsNote(_ guest: Guest) throws {
    let memory = try openImage(guest, "raw").kernelMemory
    let found = VMCoreInfo.find(in: memory, pages: EvidenceScan(memory).vmcoreinfoPages)
    let info = try #require(found.first?.info)
    #expect(found.count == 1)
    #expect(info.release == guest.truth.kernelRelease)
    #expect(info.pageSizeBytes.map { UInt64($0) } == guest.pageSizeBytes)
    // /sys/kernel/vmcoreinfo names the note: a head of three words, the name in 12 bytes, the text.
    let words = try part("vmcoreinfo", guest).split(whereSeparator: \.isWhitespace)
    let note = PhysicalAddress(try #require(UInt64(words[0].dropFirst(2), radix: 16)))
    let size = try #require(memory.word32(at: note.advanced(byBytes: 4)))
    let text = try #require(memory.bytes(at: note.advanced(byBytes: 24), count: Int(size)))
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    #expect(info.lines == lines)
    #expect(lines.count > 50)
    #expect(info.offset("list_head.next") == 0)
    let wordBytes = guest.truth.architecture == "x86" || guest.truth.architecture == "arm" ? 4 : 8
    #expect(info.offset("list_head.prev") == wordBytes)
    print("guest \(guest.name), VMCOREINFO: \(lines.count) lines equal")
  }

  @Test("types are found, and say what the kernel's release is known for", arguments: Guest.built)
  func typesAreFound(_ guest: Guest) throws {
    let memory = try openImage(guest, "raw").kernelMemory
    let headers = EvidenceScan(memory).btfHeaders
    let config = try String(contentsOf: guest.folder.appending(path: "config"), encoding: .utf8)
    let clock = ContinuousClock()
    let begin = clock.now
    let search = TypeInformation.find(in: memory, headers: headers)
    let offsets = ["task_struct.tasks", "task_struct.mm", "mm_struct.pgd"].map {
      search.types?.offset(of: $0)
    }
    let time = clock.now - begin
    print("guest \(guest.name), BTF: \(search.evidence?.detail ?? "none"), \(offsets), \(time)")
    for rejection in search.rejected { print("  \(rejection.address): \(rejection.reason)") }
    guard config.contains("CONFIG_DEBUG_INFO_BTF=y") else {
      #expect(search.types == nil)
      return
    }
    let types = try #require(search.types)

    // Whatever VMCOREINFO says of offsets and sizes was compiled into the same kernel.
    let info = try #require(
      VMCoreInfo.find(in: memory, pages: EvidenceScan(memory).vmcoreinfoPages).first?.info)
    var tally = Tally()
    for line in info.lines {
      guard let match = line.wholeMatch(of: /(OFFSET|SIZE)\((\w+(?:\.\w+)?)\)=(\d+)/) else { continue }
      let name = String(match.2)
      let expected = Int(match.3)
      let found = match.1 == "SIZE" ? types.size(of: name) : types.offset(of: name)
      if found == expected {
        tally.count("equal VMCOREINFO's")
      } else {
        tally.differ("\(line): \(found ?? -1)")
      }
    }
    for known in Self.knownOffsets
    where known.architecture == guest.truth.architecture && guest.truth.kernelRelease.hasPrefix(known.release)
    {
      for (path, offset) in known.offsets {
        let found = types.offset(of: path)
        if found == offset { tally.count("as known") } else { tally.differ("\(path): \(found ?? -1)") }
      }
    }
    print("  \(tally)")
    #expect(tally.differenceCount == 0)
    #expect(tally["equal VMCOREINFO's"] > 10)
    #expect(types.pointerByteCount == 8)
    #expect(types.enumerator("PIDTYPE_PID") == 0)
    #expect(types.enumerator("PIDTYPE_TGID") == 1)
    #expect(types.member("task_struct.in_execve")?.bitFieldBits == 1)
    #expect(types.offset(of: "task_struct.in_execve") == nil)
    #expect(types.member("task_struct.comm")?.byteCount == 16)
    #expect(types.offset(of: "task_struct.mm.pgd") == nil)
    let path = try #require(types.offset(of: "file.f_path"))
    #expect(types.offset(of: "file.f_path.dentry") == path + 8)
  }
}
