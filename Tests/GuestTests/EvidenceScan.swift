import LinuxKernel
import MemoryImages
import PageTables

/// Where evidence seems to stand in an image, found the plain way.
struct EvidenceScan {
  var vmcoreinfoPages: [PhysicalAddress] = []
  var digitTokens: [PhysicalAddress] = []
  var btfHeaders: [PhysicalAddress] = []

  init(_ memory: KernelMemory) {
    let release = Array("OSRELEASE=".utf8)
    let digits = (48...57).flatMap { (digit: UInt8) -> [UInt8] in [digit, 0] }
    let header: [UInt8] = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0]
    for range in memory.ranges {
      var place = range.first.rawValue
      while place < range.last.rawValue {
        // Pieces overlap, so that nothing is cut in two.
        let count = Int(min(1 << 20 + 32, range.last.rawValue - place + 1))
        guard let bytes = memory.bytes(at: PhysicalAddress(place), count: count) else { break }
        bytes.withUnsafeBufferPointer { bytes in
          func stands(_ pattern: [UInt8], at index: Int) -> Bool {
            index + pattern.count <= bytes.count
              && pattern.indices.allSatisfy { bytes[index + $0] == pattern[$0] }
          }
          for index in 0..<min(count, 1 << 20) {
            switch bytes[index] {
            case 0x4f where index & 4095 == 0 && stands(release, at: index):
              vmcoreinfoPages.append(PhysicalAddress(place + UInt64(index)))
            case 48 where index + 2 < count && bytes[index + 2] == 49 && stands(digits, at: index):
              digitTokens.append(PhysicalAddress(place + UInt64(index)))
            case 0x9f where index & 3 == 0 && stands(header, at: index):
              btfHeaders.append(PhysicalAddress(place + UInt64(index)))
            default: break
            }
          }
        }
        place += 1 << 20
      }
    }
  }
}

extension MemoryImage {
  /// The image as the search for a kernel reads it.
  var kernelMemory: KernelMemory {
    KernelMemory(
      self, ranges: ranges.filter { $0.state == .present }.map { RAMRange(first: $0.start, last: $0.last) })
  }
}
