import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

extension Guest {
  /// The guest's RAM as bare bytes.
  func kernelMemory() throws -> KernelMemory {
    let image = try openImage(self, "raw")
    return KernelMemory(
      image,
      ranges: image.ranges.filter { $0.state == .present }.map { RAMRange(first: $0.start, last: $0.last) })
  }

  /// What the guest itself said, as text.
  func part(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: "parts").appending(path: name), encoding: .utf8)
  }

  /// For each process of `ps` that has memory and is still there, pages that stay where they are: those that
  /// `/proc/PID/pagemap` said are present.
  func framesByProcess() throws -> [Int: [(address: UInt64, frame: UInt64)]] {
    var processes: [Int: [(address: UInt64, frame: UInt64)]] = [:]
    for line in try part("ps").split(separator: "\n").dropFirst() {
      let columns = line.split(separator: " ")
      // `ps` itself had ended when the image was made.
      guard columns.count > 5, columns[3] != "0", columns[5] != "ps", let pid = Int(columns[0]) else {
        continue
      }
      processes[pid] = try part("pm.\(pid)").split(separator: "\n").compactMap { line in
        let values = line.split(separator: " ").compactMap { word -> UInt64? in
          guard let equals = word.firstIndex(of: "=") else { return nil }
          let digits = word[word.index(after: equals)...]
          return digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : nil
        }
        guard values.count == 2, values[1] >> 63 == 1 else { return nil }
        return (values[0], values[1] & ((1 << 55) - 1))
      }
    }
    return processes
  }

  /// What the root registers of the processors hold, for the halves that belong to processes.
  var loadedRoots: [UInt64] {
    truth.cpus.compactMap { cpu in
      ["cr3", "ttbr0", "ttbr0_el1", "satp"].lazy.compactMap { cpu[$0] }.first
        .flatMap { UInt64($0.dropFirst(2), radix: 16) }
    }
  }

  /// `swapper_pg_dir`, from the registers where they hold it, else from VMCOREINFO or kallsyms.
  func masterRoot(_ memory: KernelMemory) throws -> PhysicalAddress {
    switch truth.pagingFormat {
    case "aarch64-4k":
      // In user mode TTBR1 may hold the trampoline's table.
      return PhysicalAddress(try #require(kernelRegisters?["ttbr1_el1"]) & 0xffff_ffff_f000)
    case "arm":
      return PhysicalAddress(try #require(registers["ttbr1"]) & ~0x3fff)
    case "arm-lpae":
      // TTBR1 names the PMD of the fourth gigabyte (6.1), or the PGD before it (6.12): the kernel says it itself.
      let address = try #require(try vmcoreinfo("SYMBOL(swapper_pg_dir)=", memory))
      return PhysicalAddress(address - 0xc000_0000 + ramBase)
    default:
      break
    }
    if truth.architecture == "x86" {
      let address = try #require(try vmcoreinfo("SYMBOL(swapper_pg_dir)=", memory))
      return PhysicalAddress(address & ~0xfff - 0xc000_0000)
    }
    // The image moves as one: where its code is in memory, and where its symbols say it is.
    let code = try #require(
      part("iomem").split(separator: "\n").first { $0.hasSuffix("Kernel code") }?.split(separator: "-").first)
    let physical = try #require(UInt64(code.trimmingCharacters(in: .whitespaces), radix: 16))
    var symbols: [Substring: UInt64] = [:]
    for line in try part("kallsyms").split(separator: "\n") {
      let columns = line.split(separator: " ")
      guard columns.count == 3, ["_text", "init_top_pgt", "swapper_pg_dir"].contains(columns[2]) else {
        continue
      }
      symbols[columns[2]] = UInt64(columns[0], radix: 16)
    }
    let table = try #require(symbols["init_top_pgt"] ?? symbols["swapper_pg_dir"])
    let text = try #require(symbols["_text"])
    return PhysicalAddress(table - text + physical)
  }

  /// The hexadecimal number behind `key` in the kernel's own VMCOREINFO, found by looking through all RAM.
  private func vmcoreinfo(_ key: String, _ memory: KernelMemory) throws -> UInt64? {
    for range in memory.ranges {
      var address = range.first.rawValue
      while address < range.last.rawValue {
        // The note's text begins 24 bytes into a page or with the page.
        if let head = memory.bytes(at: PhysicalAddress(address), count: 10),
          String(decoding: head, as: UTF8.self) == "OSRELEASE=",
          let text = memory.string(at: PhysicalAddress(address), limit: 4096),
          let found = text.split(separator: "\n").first(where: { $0.hasPrefix(key) })
        {
          return UInt64(found.dropFirst(key.count), radix: 16)
        }
        address += 4096
      }
    }
    return nil
  }
}
