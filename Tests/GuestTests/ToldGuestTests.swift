import PageTables
import Testing

@testable import LiveMemory

/// What depends on the architecture of a machine that reads itself, held against kernels of four more.
@Suite(
  .enabled(
    if: !ToldGuest.asked.isEmpty || Guest.isRequired,
    "no guest was asked; run scripts/guests live PAGEWALK arm64 armhf i386 riscv64"))
struct ToldGuestTests {
  @Test("the guests of the other architectures were asked")
  func asked() {
    #expect(ToldGuest.asked.count == 4)
  }

  @Test("an address is where /proc/kcore has it, and holds what QEMU sees there", arguments: ToldGuest.asked)
  func kcore(_ guest: ToldGuest) throws {
    guard let bytes = try guest.kcore() else {
      // Debian's armmp has no CONFIG_PROC_KCORE.
      #expect(guest.name == "armhf")
      #expect(try guest.text("errors").contains("No such file"))
      return
    }
    let segments = try KcoreSegments { offset, count throws(SystemFile.Failure) in
      guard offset < UInt64(bytes.count) else { return [] }
      return Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
    }
    let outside = try Dictionary(
      guest.samples("samples.outside").map { ($0.physical, $0.bytes) },
      uniquingKeysWith: { first, _ in first })
    let samples = try guest.samples("samples")
    #expect(outside.count >= 20 && samples.count >= outside.count)
    for sample in samples { #expect(outside[sample.physical] == sample.bytes, "\(sample)") }
    for physical in outside.keys {
      let offset = segments.offset(of: physical, count: 16)
      #expect(samples.contains { $0.physical == physical && $0.offset == offset }, "\(physical)")
    }
    let system = try SystemRAM(try guest.text("iomem"))
    #expect(system.image.map { image in outside.keys.allSatisfy(image.contains) } == true)
    // All RAM is there, but for a 32-bit kernel's high memory, which is the end of it.
    let missing = system.ranges.subtracting(segments.ram.map(\.physical))
    print(
      "told \(guest.name): \(segments.ram.count) segments, \(samples.count) samples, \(missing.count) missing"
    )
    if guest.name == "i386" {
      #expect(missing.count == 1 && missing.first?.upperBound == system.ranges.last?.upperBound)
      #expect(segments.directMapOffset == 0xc000_0000)
    } else {
      // What the kernel took out of its map (the boot loader's, firmware's) is small.
      #expect(missing.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) } < 4 << 20)
    }
  }

  @Test(
    "pages whose memory is broken have the swap type that the kernel gives them", arguments: ToldGuest.asked)
  func poison(_ guest: ToldGuest) throws {
    let special = SpecialEntry.all(of: try guest.text("special").split(separator: "\n"))
    let formats: [String: PagingFormat] = [
      "arm64": .aarch64, "i386": .x86, "armhf": .arm, "riscv64": .riscvSv39,
    ]
    let format = try #require(formats[guest.name])
    let release = try #require(KernelRelease(try guest.text("release")))
    // CONFIG_MEMORY_FAILURE is off on ARM and RISC-V.
    #expect(special.count == (["arm64", "i386"].contains(guest.name) ? 1 : 0))
    for entry in special {
      let table = format.reading(kernel: release).notPresent.configured(
        NotPresentTable.Options(hasHardwarePoison: true, hasDeviceMemory: false))
      #expect(table.kind(ofType: entry.type) == .hardwarePoison, "\(entry)")
      #expect(table.knowsOptions)
    }
  }
}

extension NotPresentTable {
  /// What the types of this number mean, whatever the offset.
  func kind(ofType type: UInt64) -> NotPresentState.Kind? {
    rules.elements.first {
      $0.typeBitCount > 0 && $0.offsetBits == 0 && UInt64($0.firstType) <= type && type <= UInt64($0.lastType)
    }?.kind
  }
}
