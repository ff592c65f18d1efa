public import PageTables

/// Finds, page by page, what can be a root table of any of several formats. The comparisons are few: nearly
/// all memory fails the first. What passes is judged afterwards (``RootValidator``).
///
/// A value serves one thread; ``merge(_:)`` puts the finds of several together.
public struct RootCandidateScan: Sendable {
  /// A chunk should start at a multiple of this, so that the largest tables lie whole within it.
  public static let chunkAlignmentBytes: UInt64 = 1 << 16

  /// The shapes that are looked for.
  public let shapes: [RootShape]
  /// Beyond this many finds of one kind no more are kept: ordinary memory has a few hundred.
  public let findLimit: Int

  /// What distinct tests the shapes come to, and which shapes each of them is for.
  let signatures: [RootSignature]
  let shapesOfSignature: [[Int]]
  /// The finds of each signature, in the order in which they were seen.
  private(set) var finds: [[PhysicalAddress]]
  /// Whether a limit was reached.
  public private(set) var isTruncated = false

  /// What is looked at in one step where tables are small: two lines of the cache.
  private static let stepBytes = 128

  // The signatures, by the size of their tables.
  private var small: [Int] = []
  private var sparse: [Int] = []
  private var blocks: [Int] = []
  private var required: [Int] = []
  private var free: [Int] = []
  /// What the last entry of all small tables has in common.
  private var smallMask: UInt64 = .max
  private var smallMatch: UInt64 = 0
  /// What a table entry of all sparse tables has in common.
  private var sparseMask: UInt64 = .max
  private var sparseMatch: UInt64 = 0

  /// - Parameters:
  ///   - shapes: what to look for.
  ///   - ram: the first and last byte of RAM: tables lie in it.
  public init(_ shapes: [RootShape] = RootShape.linux, ram: ClosedRange<UInt64>, findLimit: Int = 1 << 16) {
    self.shapes = shapes
    self.findLimit = findLimit
    var signatures: [RootSignature] = []
    var owners: [[Int]] = []
    for (index, shape) in shapes.enumerated() {
      let signature = RootSignature(shape, ram: ram)
      if let place = signatures.firstIndex(of: signature) {
        owners[place].append(index)
      } else {
        signatures.append(signature)
        owners.append([index])
      }
    }
    self.signatures = signatures
    shapesOfSignature = owners
    finds = signatures.map { _ in [] }
    sortSignatures()
  }

  /// Puts the finds in the order of their addresses.
  mutating func sort() {
    for index in finds.indices { finds[index].sort() }
  }

  private mutating func sortSignatures() {
    for (index, signature) in signatures.enumerated() {
      switch signature.tableByteCount {
      case 32 where signature.requiredIndex == 3:
        small.append(index)
        let common = ~(signature.tableMatch ^ smallMatch) | (small.count == 1 ? .max : 0)
        smallMask &= signature.tableMask & common
        smallMatch = signature.tableMatch & smallMask
      case 16..<512:
        sparse.append(index)
        let common = ~(signature.tableMatch ^ sparseMatch) | (sparse.count == 1 ? .max : 0)
        sparseMask &= signature.tableMask & common
        sparseMatch = signature.tableMatch & sparseMask
      case 512...2048: blocks.append(index)
      case 4096... where signature.requiredIndex >= 0: required.append(index)
      case 4096...: free.append(index)
      // No kernel has others.
      default: break
      }
    }
  }

  /// Looks at the memory from `address` on.
  ///
  /// - Parameters:
  ///   - bytes: any number of whole 4 KiB pages. A table that is not wholly inside is not seen.
  ///   - address: where the bytes are in physical memory; a multiple of 4096.
  /// - Complexity: linear; each byte is loaded at most twice, most are not.
  public mutating func look(at bytes: RawSpan, address: PhysicalAddress) {
    var offset = 0
    while offset + 4096 <= bytes.byteCount {
      lookAtPage(bytes, offset, address.rawValue &+ UInt64(offset))
      offset += 4096
    }
  }

  /// Puts the finds of another part of memory to these.
  public mutating func merge(_ other: RootCandidateScan) {
    precondition(other.signatures == signatures, "only scans for the same shapes can be merged")
    for index in finds.indices {
      for address in other.finds[index] { note(address.rawValue, index) }
    }
    if other.isTruncated { isTruncated = true }
  }

  private mutating func note(_ address: UInt64, _ signature: Int) {
    guard finds[signature].count < findLimit else {
      isTruncated = true
      return
    }
    finds[signature].append(PhysicalAddress(address))
  }
}

extension RootCandidateScan {
  private mutating func lookAtPage(_ bytes: RawSpan, _ offset: Int, _ address: UInt64) {
    for index in required {
      let signature = signatures[index]
      if address & (signature.alignmentBytes - 1) == 0, offset + signature.tableByteCount <= bytes.byteCount,
        signature.hasRequired(bytes, at: offset), signature.fits(bytes, at: offset)
      {
        note(address, index)
      }
    }
    let blockMap = sparseBlocks(bytes, offset)
    guard blockMap.nonZero != 0 else { return }
    if blockMap.odd == 0xff { lookForWholeTables(bytes, offset, address) }
    if !blocks.isEmpty { lookForBlocks(bytes, offset, address, blockMap.odd & blockMap.nonZero) }
    if !small.isEmpty { lookForSmallTables(bytes, offset, address, blockMap.nonZero) }
    if !sparse.isEmpty { lookForSparseTables(bytes, offset, address, blockMap.nonZero) }
  }

  /// Tables of two to some sixteen entries, of which a process uses one or two.
  private mutating func lookForSparseTables(
    _ bytes: RawSpan, _ offset: Int, _ address: UInt64, _ map: UInt8
  ) {
    let mask = SIMD8<UInt64>(repeating: sparseMask)
    let match = SIMD8<UInt64>(repeating: sparseMatch)
    var map = map
    while map != 0 {
      let block = map.trailingZeroBitCount << 9
      map &= map &- 1
      var place = block
      while place < block + 512 {
        let one = bytes.entries64(atByteOffset: offset + place) ?? .zero
        let two = bytes.entries64(atByteOffset: offset + place + 64) ?? .zero
        // Nearly no memory has such an entry.
        if any(((one & mask) .== match) .| ((two & mask) .== match)) {
          for index in sparse { lookForTables(index, bytes, offset, around: place, address) }
        }
        place += Self.stepBytes
      }
    }
  }

  /// The tables of one kind in the step that begins at `place`, or the one that this step is a part of.
  private mutating func lookForTables(
    _ index: Int, _ bytes: RawSpan, _ offset: Int, around place: Int, _ address: UInt64
  ) {
    let byteCount = signatures[index].tableByteCount
    var first = place & ~(byteCount - 1)
    while first < place + Self.stepBytes {
      let here = address + UInt64(first)
      if finds[index].last?.rawValue != here, signatures[index].fits(bytes, at: offset + first) {
        note(here, index)
      }
      first += byteCount
    }
  }

  /// Of each 512 bytes of a page: whether all their 64-bit words are odd or zero, and whether one is not zero.
  @inline(__always)
  private func sparseBlocks(_ bytes: RawSpan, _ offset: Int) -> (odd: UInt8, nonZero: UInt8) {
    var odd: UInt8 = 0
    var nonZero: UInt8 = 0
    var block = 0
    while block < 8 {
      let start = offset + block << 9
      var line = 0
      var all = SIMD8<UInt64>(repeating: 0)
      while line < 8 {
        all |= bytes.entries64(atByteOffset: start + line << 6) ?? .zero
        line += 1
      }
      if (all[0] | all[1] | all[2] | all[3] | all[4] | all[5] | all[6] | all[7]) == 0 {
        odd |= 1 << UInt8(block)
      } else {
        nonZero |= 1 << UInt8(block)
        if isOddOrZero(bytes, start) { odd |= 1 << UInt8(block) }
      }
      block += 1
    }
    return (odd, nonZero)
  }

  @inline(__always)
  private func isOddOrZero(_ bytes: RawSpan, _ start: Int) -> Bool {
    var place = start
    while place < start + 512 {
      let word = bytes.entry(atByteOffset: place, byteCount: 8, order: .little) ?? 0
      if word & 1 == 0, word != 0 { return false }
      place += 8
    }
    return true
  }

  private mutating func lookForWholeTables(_ bytes: RawSpan, _ offset: Int, _ address: UInt64) {
    for index in free {
      let signature = signatures[index]
      // This page is the first of its table that is not all zero, or the table is one page.
      let inside = Int(address & (signature.alignmentBytes - 1))
      let start = offset - inside
      guard start >= 0, inside < signature.tableByteCount else { continue }
      let first = address - UInt64(inside)
      if finds[index].last?.rawValue != first, signature.fits(bytes, at: start) { note(first, index) }
    }
  }

  private mutating func lookForBlocks(_ bytes: RawSpan, _ offset: Int, _ address: UInt64, _ map: UInt8) {
    guard map != 0 else { return }
    for index in blocks {
      let signature = signatures[index]
      var place = 0
      while place + signature.tableByteCount <= 4096 {
        if map >> UInt8(place >> 9) & 1 == 1, signature.fits(bytes, at: offset + place) {
          note(address + UInt64(place), index)
        }
        place += signature.tableByteCount
      }
    }
  }

  private mutating func lookForSmallTables(_ bytes: RawSpan, _ offset: Int, _ address: UInt64, _ map: UInt8) {
    var map = map
    while map != 0 {
      let block = map.trailingZeroBitCount << 9
      map &= map &- 1
      var place = block
      while place < block + 512 {
        let last = bytes.entry(atByteOffset: offset + place + 24, byteCount: 8, order: .little) ?? 0
        if last & smallMask == smallMatch {
          for index in small where signatures[index].fits(bytes, at: offset + place) {
            note(address + UInt64(place), index)
          }
        }
        place += 32
      }
    }
  }
}
