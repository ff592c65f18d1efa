import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// The processes of a guest and the roots of their page tables, told by nothing but what the guest's kernel
/// said in `/proc/PID/pagemap`: the root of a process is the one table that translates its pages so.
struct GuestProcesses {
  struct Process {
    var pid: Int
    var command: String
    /// Page and frame, both as addresses.
    var pages: [(address: UInt64, physical: UInt64)]
  }

  let guest: Guest
  let image: MemoryImage
  let walker: Walker<PagingFormat>
  private var parts: URL { guest.folder.appending(path: "parts") }

  init(_ guest: Guest, _ image: MemoryImage) throws {
    self.guest = guest
    self.image = image
    walker = try guest.walker(guest.kernelRegisters ?? guest.registers)
  }

  /// The format with one root where the guest's registers split it in two that Linux fills as one.
  func pageTables(format: PagingFormat) throws -> PageTableSet {
    let processes = try processes()
    let roots = try roots(of: processes, format: format)
    let master = try master(anyRoot: try #require(roots.first))
    return PageTableSet(
      format: format, master: PageTableRoot(lower: master, upper: walker.root.upper),
      processes: zip(processes, roots).map { process, root in
        ProcessTables(
          pid: process.pid, command: process.command,
          root: PageTableRoot(lower: root, upper: walker.root.upper))
      })
  }

  /// An area of the guest's `/proc/vmallocinfo`, its addresses inclusive.
  struct VmallocArea {
    var first: UInt64
    var last: UInt64
    var owner: String
  }

  func vmallocAreas() throws -> [VmallocArea] {
    try text("vmallocinfo").split(separator: "\n").compactMap { line in
      guard let match = line.firstMatch(of: /^0x([0-9a-f]+)-0x([0-9a-f]+)\s+\d+ (\S+)/),
        let first = UInt64(match.1, radix: 16), let end = UInt64(match.2, radix: 16), end > first
      else { return nil }
      return VmallocArea(first: first, last: end - 1, owner: String(match.3))
    }
  }

  /// Who made what lies in the range, as far as it is vmalloc's.
  func vmallocOwner(of first: VirtualAddress, _ last: VirtualAddress) throws -> String? {
    let owners = try vmallocAreas().filter { $0.first <= last.rawValue && $0.last >= first.rawValue }
      .map { $0.owner.split(separator: "+")[0] }
    guard let owner = owners.first else { return nil }
    return "vmalloc: \(owner)" + (Set(owners).count > 1 ? " and others" : "")
  }

  private func text(_ name: String) throws -> String {
    let data = try Data(contentsOf: parts.appending(path: name))
    return String(decoding: data, as: UTF8.self)
  }

  private func processes() throws -> [Process] {
    let names = try FileManager.default.contentsOfDirectory(atPath: parts.path(percentEncoded: false))
    let pids = names.compactMap { $0.hasPrefix("pm.") ? Int($0.dropFirst(3)) : nil }.sorted()
    return try pids.map { pid in
      let status = try text("status.\(pid)")
      let command = try #require(status.firstMatch(of: /Name:\s+(\S+)/)).1
      var pages: [(address: UInt64, physical: UInt64)] = []
      for match in try text("pm.\(pid)").matches(of: /va=0x([0-9a-f]+) n=\d+ pagemap=0x([0-9a-f]+)/) {
        let address = try #require(UInt64(match.1, radix: 16))
        let entry = try #require(UInt64(match.2, radix: 16))
        if entry >> 63 == 1 { pages.append((address, (entry & ((1 << 55) - 1)) * guest.pageSizeBytes)) }
      }
      return Process(pid: pid, command: String(command), pages: pages)
    }
  }

  /// The kernel page table: VMCOREINFO has its kernel address.
  private func master(anyRoot: PhysicalAddress) throws -> PhysicalAddress {
    let place = try text("vmcoreinfo").split(whereSeparator: \.isWhitespace)
    let digits = try #require(place.first).dropFirst(2)
    let address = try #require(UInt64(digits, radix: 16))
    let bytes = try image.withBytes(at: PhysicalAddress(address), count: 4096) { span in
      span.withUnsafeBytes { Array($0) }
    }
    let note = String(decoding: bytes, as: UTF8.self)
    let symbol = try #require(note.firstMatch(of: /SYMBOL\(swapper_pg_dir\)=([0-9a-f]+)/)).1
    let swapper = try #require(UInt64(symbol, radix: 16))
    let walker = Walker(
      format: walker.format, root: PageTableRoot(lower: anyRoot, upper: walker.root.upper))
    return try #require(walker.translate(VirtualAddress(swapper), in: image).mapping).physical
  }

  // MARK: Roots

  private func roots(of processes: [Process], format: PagingFormat) throws -> [PhysicalAddress] {
    try processes.map { process -> PhysicalAddress in
      let candidates = candidates(for: process, format: format)
      let best = try #require(
        candidates.max { ($0.score, $1.root) < ($1.score, $0.root) }, "no root for \(process.pid)")
      // Further pages of the user's copy under page-table isolation agree as well; nothing else may.
      let isOnly = candidates.allSatisfy {
        $0.score < best.score || $0.root == best.root || $0.root.rawValue == best.root.rawValue + 4096
      }
      try #require(isOnly && best.score * 4 >= process.pages.count, "unclear root of \(process.pid)")
      return best.root
    }
  }

  private func candidates(
    for process: Process, format: PagingFormat
  ) -> [(root: PhysicalAddress, score: Int)] {
    guard let first = process.pages.first(where: { $0.address < 0x4000_0000 || format.addressBits == 64 })
    else { return [] }
    let region = format.region(0)
    let level = format.level(Int(region.firstDepth))
    let size = Int(level.entryByteCount)
    let unit = UInt64(size) << UInt64(region.firstIndexBits)
    let index = (first.address >> UInt64(level.shift)) & ((1 << UInt64(region.firstIndexBits)) - 1)
    let geometry = format.geometry(Int(region.firstDepth))
    var found: [(root: PhysicalAddress, score: Int)] = []
    let base = guest.ramBase
    let chunk: UInt64 = 1 << 16
    for start in stride(from: base, to: base + guest.truth.ram.sizeBytes, by: Int(chunk)) {
      let hits: [UInt64]? = try? image.withBytes(at: PhysicalAddress(start), count: Int(chunk)) { bytes in
        var hits: [UInt64] = []
        var offset: UInt64 = 0
        while offset < chunk {
          let entry =
            bytes.entry(atByteOffset: Int(offset) + Int(index) * size, byteCount: size, order: .little) ?? 0
          let target = geometry.tableAddress(entry)
          if geometry.isTable(entry), target >= base, target - base < guest.truth.ram.sizeBytes {
            hits.append(start + offset)
          }
          offset += unit
        }
        return hits
      }
      for hit in hits ?? [] {
        let walker = Walker(
          format: format, root: PageTableRoot(lower: PhysicalAddress(hit), upper: walker.root.upper))
        func agrees(_ page: (address: UInt64, physical: UInt64)) -> Bool {
          let answer = walker.lookup(VirtualAddress(page.address), in: image)
          return answer.isMapped && answer.physical.rawValue == page.physical
        }
        guard agrees(first) else { continue }
        found.append((PhysicalAddress(hit), process.pages.count(where: agrees)))
      }
    }
    return found
  }
}
