import MemoryImages
import PageTables
import Testing

/// Every kind of image of one guest holds the same memory.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct GuestImageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var guest: Guest
    var kind: String
    var testDescription: String { "\(guest.name), \(kind)" }
  }

  static let cases: [Case] = Guest.built.flatMap { guest in
    guest.truth.files.keys.sorted().filter {
      ($0 == "elf" || $0.hasPrefix("elf-") || $0.hasPrefix("kdump") || $0.hasPrefix("makedumpfile"))
        && $0 != "makedumpfile-split.2"
    }.map { Case(guest: guest, kind: $0) }
  }

  @Test("every page of RAM reads as in the raw image, or is named as excluded", arguments: cases)
  func holdsTheSameMemory(_ example: Case) throws {
    let raw = try openImage(example.guest, "raw")
    let image = try openImage(example.guest, example.kind)
    var tally = Tally()
    var address = example.guest.ramBase
    let end = address + example.guest.truth.ram.sizeBytes
    while address < end {
      let expected = try page(raw, address).get()
      switch page(image, address) {
      case .success(let checksum):
        if checksum == expected {
          tally.count("pages equal")
        } else if !example.guest.hasRAM(at: address) {
          // QEMU's dumps have the video memory, too; the raw image has RAM only.
          tally.count("pages of devices")
        } else {
          tally.differ("page \(address)")
        }
      case .failure(.excluded): tally.count("pages excluded")
      // The legacy video hole below 1 MiB, which dumps leave out.
      case .failure(.outsideRAM) where (0xa0000..<0x100000).contains(address): tally.count("pages not RAM")
      case .failure(.outsideRAM) where !example.guest.hasRAM(at: address): tally.count("pages in a hole")
      // With paging=on QEMU writes only what the loaded tables map.
      case .failure(.outsideRAM) where example.kind == "elf-paging": tally.count("pages not mapped")
      case .failure(let fault): tally.differ("page \(address): \(fault)")
      }
      address += 4096
    }
    print("guest \(example.guest.name), \(example.kind): \(tally)")
    #expect(tally.differenceCount == 0)
    #expect(tally["pages equal"] > 500)
    #expect(!image.isIncomplete)
  }

  /// A page's checksum (FNV-1a over words), so that pages of two sources can be compared.
  private func page(_ image: MemoryImage, _ address: UInt64) -> Result<UInt64, MemoryFault> {
    do throws(MemoryFault) {
      return .success(
        try image.withBytes(at: PhysicalAddress(address), count: 4096) { bytes in
          var sum: UInt64 = 0xcbf2_9ce4_8422_2325
          for offset in stride(from: 0, to: 4096, by: 8) {
            sum =
              (sum ^ (bytes.entry(atByteOffset: offset, byteCount: 8, order: .little) ?? 0))
              &* 0x100_0000_01b3
          }
          return sum
        })
    } catch {
      return .failure(error)
    }
  }
}
