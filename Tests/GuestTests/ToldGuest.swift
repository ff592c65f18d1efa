import Foundation

/// What guests of other architectures told of themselves: `scripts/guests live` with a program that does not run there.
struct ToldGuest: Sendable, CustomStringConvertible {
  let name: String
  private let guest: LiveGuest

  var description: String { name }

  /// The default ones that were asked.
  static let asked: [ToldGuest] = ["arm64", "armhf", "i386", "riscv64"].compactMap(ToldGuest.init)

  private init?(_ name: String) {
    guard let guest = LiveGuest(name), (try? guest.text("special")) != nil else { return nil }
    self.name = name
    self.guest = guest
  }

  /// One read of the kernel's code: through a segment of `/proc/kcore`, or by QEMU.
  struct Sample {
    var physical: UInt64
    var offset: UInt64?
    var bytes: String
  }

  /// What `/proc/kcore` begins with; nil where there is none.
  func kcore() throws -> [UInt8]? { try guest.bytes("kcore") }

  func text(_ file: String) throws -> String { try guest.text(file) }

  func samples(_ file: String) throws -> [Sample] {
    try guest.lines(file).compactMap { line in
      let fields = LiveGuest.fields(line)
      guard let physical = fields["physical"].flatMap(LiveGuest.number), let bytes = fields["bytes"] else {
        return nil
      }
      return Sample(
        physical: physical, offset: fields["offset"].flatMap(LiveGuest.number), bytes: String(bytes))
    }
  }
}

/// An entry that is neither a page nor swap, as a guest made it and as its kernel tells of it.
struct SpecialEntry {
  var kind: String
  var address: UInt64
  /// The swap type by `/proc/PID/pagemap`, whose numbers are the kernel's own.
  var type: UInt64

  /// Those that the kernel could make.
  static func all(of lines: [Substring]) -> [SpecialEntry] {
    lines.compactMap { line in
      let fields = LiveGuest.fields(line)
      guard fields["errno"] == "0", let kind = fields["kind"],
        let entry = fields["pagemap"].flatMap(LiveGuest.number),
        let address = fields["va"].flatMap(LiveGuest.number), entry >> 62 == 1
      else { return nil }
      return SpecialEntry(kind: String(kind), address: address, type: entry & 31)
    }
  }
}
