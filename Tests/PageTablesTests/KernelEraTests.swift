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

  struct TypeCase: Sendable, CustomTestStringConvertible {
    var format: PagingFormat
    var release: String
    var hasDevices: Bool
    /// By type number, the special ones from the lowest.
    var kinds: [Int: NotPresentState.Kind]
    var testDescription: String { "\(format.name), \(release)\(hasDevices ? " with device memory" : "")" }
  }

  // Hardware poison as kernels of Debian number it in /proc/PID/pagemap; markers as 6.1 to 7.2 do.
  static let typeCases = [
    TypeCase(
      format: .x86_64, release: "6.1.0-50-amd64", hasDevices: false,
      kinds: [
        25: .swap, 26: .hardwarePoison, 27: .migration, 29: .migration, 30: .marker, 31: .hardwarePoison,
      ]),
    TypeCase(
      format: .x86_64, release: "6.1.0", hasDevices: true,
      kinds: [21: .swap, 22: .hardwarePoison, 23: .migration, 26: .device, 29: .device, 30: .marker]),
    TypeCase(
      format: .x86_64, release: "6.12.95", hasDevices: false,
      kinds: [26: .swap, 27: .hardwarePoison, 28: .migration, 30: .migration, 31: .marker]),
    TypeCase(
      format: .x86_64, release: "7.2.13", hasDevices: true,
      kinds: [23: .swap, 24: .hardwarePoison, 25: .migration, 28: .device, 30: .device, 31: .marker]),
    TypeCase(
      format: .x86_64, release: "5.10.0", hasDevices: false,
      kinds: [28: .swap, 29: .hardwarePoison, 30: .migration, 31: .migration]),
    // Neither has markers before 6.2.
    TypeCase(
      format: .aarch64, release: "6.1.0", hasDevices: false,
      kinds: [26: .swap, 27: .hardwarePoison, 28: .migration, 30: .migration, 31: .hardwarePoison]),
    TypeCase(
      format: .x86, release: "6.1.0", hasDevices: false,
      kinds: [26: .swap, 27: .hardwarePoison, 28: .migration, 30: .migration]),
  ]

  @Test("a kernel's options decide which swap types are special", arguments: typeCases)
  func options(_ test: TypeCase) throws {
    let release = try #require(KernelRelease(test.release))
    let table = test.format.reading(kernel: release).notPresent
    let known = table.configured(
      NotPresentTable.Options(hasHardwarePoison: true, hasDeviceMemory: test.hasDevices))
    #expect(known.knowsOptions && !table.knowsOptions)
    for (type, kind) in test.kinds {
      let entry = try #require(known.entry(ofType: type))
      #expect(known.state(of: entry).kind == kind, "\(type)")
      // Where the options are not known, what it is here is among what it may be; where they are, it is all.
      let possible = table.possibleStates(of: entry, mayHaveDevices: test.format.addressBits == 64)
      #expect(possible.contains { $0.kind == kind } && possible[0] == table.state(of: entry), "\(type)")
      #expect(known.possibleStates(of: entry, mayHaveDevices: true).count == 1)
    }
    let ordinary = try #require(known.entry(ofType: 0))
    #expect(table.possibleStates(of: ordinary, mayHaveDevices: true).map(\.kind) == [.swap])
  }

  @Test("what is no release is none", arguments: ["", "6", "bookworm", "6.", ".1", "a.b", "99999999.1"])
  func refused(_ text: String) {
    #expect(KernelRelease(text) == nil)
  }
}

extension NotPresentTable {
  /// A swap entry of this type, whatever that stands for, with bits in its offset that no marker has.
  fileprivate func entry(ofType type: Int) -> UInt64? {
    guard let swap = rules.elements.last, swap.kind == .swap else { return nil }
    let offset: UInt64 = 1 << UInt64(swap.offsetLowBit + 3)
    let all = ((UInt64(1) << UInt64(swap.offsetBitCount)) - 1) << UInt64(swap.offsetLowBit)
    return UInt64(type) << UInt64(swap.typeLowBit) | (swap.offsetIsInverted ? all & ~offset : offset)
  }
}
