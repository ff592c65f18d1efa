import Foundation
import MemoryImages
import PageTables
import Testing

/// The walker's answers on the memory of real kernels, against QEMU's own translation and the kernels' pagemap.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct GuestComparisonTests {
  @Test("every wanted guest is built where guests are required")
  func allBuilt() {
    guard Guest.isRequired else { return }
    #expect(Guest.built.map(\.name) == Guest.wanted)
  }

  @Test("every address translates as QEMU's gva2gpa says", arguments: Guest.built)
  func matchesGVA2GPA(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let user = try guest.walker(guest.registers)
    let kernel = try guest.kernelRegisters.map(guest.walker) ?? user
    var tally = Tally()
    for row in try guest.rows("gva2gpa") {
      let address = try #require(UInt64(row[0], radix: 16))
      let expected = UInt64(row[1], radix: 16)
      try #require(expected != nil || row[1] == "unmapped")
      let isKernel = row[2] == "kernel"
      let translation = (isKernel ? kernel : user).translate(VirtualAddress(address), in: image)
      if translation.mapping?.physical.rawValue == expected {
        tally.count(isKernel ? "equal in the kernel's mode" : "equal")
      } else {
        tally.differ("\(row): \(translation.outcome)")
      }
    }
    conclude(tally, "gva2gpa", guest)
    #expect(tally["equal"] > 100)
  }

  @Test(
    "every line of QEMU's info tlb is what the walker finds",
    arguments: Guest.built.filter { $0.path("tlb") != nil })
  func matchesInfoTLB(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let walker = try guest.walker(guest.registers)
    var tally = Tally()
    for row in try guest.rows("tlb") {
      let address = try #require(UInt64(row[0], radix: 16))
      let expected = try #require(UInt64(row[1], radix: 16))
      let translation = walker.translate(VirtualAddress(address), in: image)
      guard let mapping = translation.mapping, mapping.physical.rawValue == expected else {
        tally.differ("\(row): \(translation.outcome)")
        continue
      }
      // X (no-execute), G, P (large), D, A, C (no cache), T (write through), U, W; the last entry's own bits.
      let leaf = translation.steps[translation.steps.count - 1]
      let rule = walker.format.level(leaf.depth).rules[leaf.ruleIndex]
      let fields = walker.format.fields(of: rule)
      func set(_ name: String) -> Bool {
        fields.fields.elements.contains { "\($0.name)" == name && $0.value(in: leaf.entry) != 0 }
      }
      let flags = row[2]
      let matches =
        set("user") == flags.contains("U") && set("writable") == flags.contains("W")
        && set("global") == flags.contains("G") && set("dirty") == flags.contains("D")
        && set("accessed") == flags.contains("A") && set("no-execute") == flags.contains("X")
        && set("large") == flags.contains("P")
      if matches { tally.count("equal with flags") } else { tally.differ("\(row): entry \(leaf.entry)") }
    }
    conclude(tally, "info tlb", guest)
    #expect(tally["equal with flags"] > 100)
  }

  @Test(
    "the ranges of the whole space are the pages of info tlb, no more and no fewer",
    arguments: Guest.built.filter { $0.path("tlb") != nil })
  func rangesAreInfoTLB(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let walker = try guest.walker(guest.registers)
    var expected: [UInt64: UInt64] = [:]
    for row in try guest.rows("tlb") {
      let physical = try #require(UInt64(row[1], radix: 16))
      expected[try #require(UInt64(row[0], radix: 16))] = physical
    }
    var tally = Tally()
    for range in walker.ranges(in: image) {
      guard let mapping = range.mapping else { continue }
      let pageBytes = UInt64(1) << UInt64(mapping.pageSizeBits)
      for page in 0..<(range.byteCount / pageBytes) {
        let address = range.first.rawValue &+ page * pageBytes
        let physical = mapping.physical.rawValue &+ page * pageBytes
        if expected.removeValue(forKey: address) == physical {
          tally.count("pages equal")
        } else {
          tally.differ("\(String(address, radix: 16)) to \(String(physical, radix: 16))")
        }
      }
    }
    for (address, _) in expected { tally.differ("\(String(address, radix: 16)) is in no range") }
    conclude(tally, "ranges against info tlb", guest)
  }

  @Test(
    "the rights over all levels are those of QEMU's info mem",
    arguments: Guest.built.filter { $0.path("access") != nil })
  func matchesAccess(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let walker = try guest.walker(guest.registers)
    var tally = Tally()
    for row in try guest.rows("access") {
      let start = try #require(UInt64(row[0], radix: 16))
      let end = try #require(UInt64(row[1], radix: 16))
      for address in [start, end &- 0x1000] {
        let access = walker.translate(VirtualAddress(address), in: image).mapping?.access ?? .none
        let isUser = access.contains(.userRead)
        let isWritable = isUser ? access.contains(.userWrite) : access.contains(.kernelWrite)
        let letters =
          (isUser ? "u" : "-") + (access.contains(.kernelRead) ? "r" : "-") + (isWritable ? "w" : "-")
        if letters == row[2] { tally.count("equal") } else { tally.differ("\(row): \(letters)") }
      }
    }
    conclude(tally, "info mem", guest)
  }

  @Test(
    "RISC-V: every range of QEMU's info mem, with its flags",
    arguments: Guest.built.filter { $0.path("info_mem") != nil })
  func matchesInfoMem(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let walker = try guest.walker(guest.registers)
    var tally = Tally()
    for row in try guest.rows("info_mem") {
      let start = try #require(UInt64(row[0], radix: 16))
      let physical = try #require(UInt64(row[1], radix: 16))
      let size = try #require(UInt64(row[2], radix: 16))
      var offset: UInt64 = 0
      while offset < size {
        let translation = walker.translate(VirtualAddress(start &+ offset), in: image)
        guard let mapping = translation.mapping, mapping.physical.rawValue == physical &+ offset else {
          tally.differ("\(row) + \(offset): \(translation.outcome)")
          break
        }
        let entry = translation.steps[translation.steps.count - 1].entry
        let letters = zip(["r", "w", "x", "u", "g", "a", "d"], 1...).map { entry >> $1 & 1 == 1 ? $0 : "-" }
        if letters.joined() == row[3] {
          tally.count("pages equal with flags")
        } else {
          tally.differ("\(row): \(letters)")
        }
        offset += max(4096, size / 64 & ~0xfff)
      }
    }
    conclude(tally, "info mem", guest)
    #expect(tally["pages equal with flags"] > 500)
  }

  @Test("every pagemap entry of the loaded process is what the tables say", arguments: Guest.built)
  func matchesPagemap(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    var comparison = PagemapComparison(walker: try guest.walker(guest.registers))
    for row in try guest.rows("pagemap") {
      comparison.compare(
        VirtualAddress(try #require(UInt64(row[0], radix: 16))),
        entry: try #require(UInt64(row[1], radix: 16)), isDevice: row[2] == "dev", in: image)
    }
    let tally = comparison.tally
    conclude(tally, "pagemap", guest)
    #expect(tally["present and equal"] > 50)
    #expect(tally["PROT_NONE, frame equal"] + tally["PROT_NONE in Linux's own entry"] > 0)
  }

  /// Prints what was compared, and accepts no difference.
  private func conclude(_ tally: Tally, _ what: String, _ guest: Guest) {
    print("guest \(guest.name), \(what): \(tally)")
    #expect(tally.differenceCount == 0)
  }
}

/// Opens a guest's image of the given kind.
func openImage(_ guest: Guest, _ kind: String) throws -> MemoryImage {
  var options = ImageOptions()
  if kind == "raw" {
    options.baseAddress = PhysicalAddress(guest.ramBase)
    options.forcedKind = .raw
  }
  if kind == "makedumpfile-split.1" {
    options.furtherFiles = [try #require(guest.path("makedumpfile-split.2"))]
  }
  return try MemoryImage.open(path: try #require(guest.path(kind)), options: options)
}
