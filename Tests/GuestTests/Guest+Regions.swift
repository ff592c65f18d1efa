import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

extension Guest {
  /// A file of what the guest's own /proc said.
  func lines(of name: String) throws -> [Substring] {
    try String(decoding: Data(contentsOf: folder.appending(path: "parts/\(name)")), as: UTF8.self)
      .split(separator: "\n")
  }

  /// RAM as the image has it.
  func memory(of image: MemoryImage) -> KernelMemory {
    KernelMemory(
      image,
      ranges: image.ranges.filter { $0.state == .present }.map { RAMRange(first: $0.start, last: $0.last) })
  }

  /// VMCOREINFO, from the page where the kernel keeps it.
  func vmcoreinfo(in memory: KernelMemory) -> [String: String] {
    // "OSRELEAS"
    let magic: UInt64 = 0x5341_454c_4552_534f
    for range in memory.ranges {
      var page = range.first.rawValue
      while page < range.last.rawValue {
        let place = PhysicalAddress(page)
        if memory.word(at: place, byteCount: 8) == magic, let text = memory.string(at: place, limit: 4096) {
          return RegionSearch.vmcoreinfo(text)
        }
        page += 4096
      }
    }
    return [:]
  }

  /// Where VMCOREINFO's `swapper_pg_dir` is, by the distance that each architecture has for its image.
  func master(_ vmcoreinfo: [String: String]) -> (format: PagingFormat, root: PageTableRoot)? {
    guard let text = vmcoreinfo["SYMBOL(swapper_pg_dir)"], let symbol = UInt64(text, radix: 16),
      // TCR_EL1.T1SZ says how large AArch64's upper half is.
      var format = PagingFormat.named(
        truth.pagingFormat, virtualAddressBits: registers["tcr_el1"].map { 64 - Int($0 >> 16 & 63) })
    else { return nil }
    func number(_ name: String) -> UInt64 {
      let text = vmcoreinfo["NUMBER(\(name))"] ?? ""
      if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) ?? 0 }
      return UInt64(bitPattern: Int64(text) ?? 0)
    }
    let offset: UInt64
    switch truth.architecture {
    case "x86-64": offset = 0xffff_ffff_8000_0000 &- number("phys_base")
    case "x86": offset = 0xc000_0000
    case "arm": offset = 0xc000_0000 - ramBase
    case "aarch64": offset = number("kimage_voffset")
    default: offset = number("va_kernel_pa_offset")
    }
    if let release = KernelRelease(truth.kernelRelease) { format = format.reading(kernel: release) }
    return (format, PageTableRoot(PhysicalAddress(symbol &- offset)))
  }
}

/// The guest's kallsyms, as the kernel itself would answer.
struct GuestSymbols: Sendable {
  private var addresses: [String: UInt64] = [:]
  /// Ascending.
  private var places: [(address: UInt64, name: String)] = []

  init(_ lines: [Substring]) {
    for line in lines {
      let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard fields.count >= 3, let address = UInt64(fields[0], radix: 16), address != 0 else { continue }
      // Labels of RISC-V's modules, which the kernel does not answer with either.
      guard !fields[2].hasPrefix(".L") else { continue }
      if fields.count == 3 { addresses[String(fields[2])] = address }
      places.append((address, String(fields[2])))
    }
    places.sort { $0.address < $1.address }
  }

  subscript(name: String) -> UInt64? { addresses[name] }

  /// All names at the last place with one at or before `address`, and the distance to it, as `name+0x10`.
  func names(at address: UInt64) -> [String] {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return [] }
    let place = places[low - 1].address
    let offset = String(address - place, radix: 16)
    return places[..<low].reversed().prefix { $0.address == place }.map { "\($0.name)+0x\(offset)" }
  }
}
