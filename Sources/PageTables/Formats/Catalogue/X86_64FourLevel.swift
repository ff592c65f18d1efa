/// x86-64 with 4 levels as a constant: what ``PagingFormat/x86_64`` says, folded into the code that walks it.
///
/// For callers that translate millions of addresses one by one. A test holds its numbers equal to the value's.
// swift-format-ignore: AlwaysUseLowerCamelCase
@frozen
public struct X86_64FourLevel: FormatSource {
  @inlinable public init() {}

  @usableFromInline static let value = PagingFormat.x86_64

  @inlinable public static var isConstant: Bool { true }
  @inlinable public var levelCount: Int { 4 }
  public func level(_ depth: Int) -> Level { Self.value.levels[depth] }

  @inlinable @inline(__always)
  public func geometry(_ depth: Int) -> LevelGeometry {
    // Depth 0: no leaf, bit 7 reserved. Depth 1 and 2: bit 7 chooses, a large page's low address bits are
    // reserved up to bit 13. Depth 3: no table.
    let shift = UInt8(truncatingIfNeeded: 39 &- 9 &* depth)
    let isLeafLevel = depth == 3
    let isTop = depth == 0
    // Writable, user, no-execute.
    let accessMask: UInt64 = 0x8000_0000_0000_0006
    let below: UInt64 = (1 &<< UInt64(shift)) &- 1
    return LevelGeometry(
      tableMask: isLeafLevel ? 0 : 0x81, tableMatch: 1,
      leafMask: isTop ? 0 : isLeafLevel ? 1 : 0x81 | (below & ~0x1fff),
      leafMatch: isTop || isLeafLevel ? 1 : 0x81,
      absentMask: 1, absentMatch: 0, tableAddressMask: isLeafLevel ? 0 : 0x000f_ffff_ffff_f000,
      leafAddressMask: isTop ? 0 : 0x000f_ffff_ffff_f000 & ~below,
      tableAccessMask: isLeafLevel ? 0 : accessMask, leafAccessMask: isTop ? 0 : accessMask,
      // Bits 5 and 6: accessed and dirty.
      leafVaryingMask: isTop ? 0 : 0x000f_ffff_ffff_f000 & ~below | 0x60,
      shift: shift, indexBits: 9, entrySizeBits: 3, leafSizeBits: isTop ? 0 : shift,
      tableRuleIndex: isLeafLevel ? 255 : isTop ? 1 : 2, leafRuleIndex: isTop ? 255 : 1, absentRuleIndex: 0)
  }

  @inlinable public var regionCount: Int { 2 }

  @inlinable @inline(__always)
  public func region(_ index: Int) -> Region {
    index == 0
      ? Region(0...0x0000_7fff_ffff_ffff, firstIndexBits: 9)
      : Region(0xffff_8000_0000_0000...0xffff_ffff_ffff_ffff, firstIndexBits: 9)
  }

  @inlinable @inline(__always)
  public func region(of address: VirtualAddress) -> Region? {
    // Without a branch on the half: random addresses would make the processor guess wrong half the time.
    let extended = UInt64(bitPattern: Int64(bitPattern: address.rawValue &<< 16) &>> 16)
    guard extended == address.rawValue else { return nil }
    return region(Int(truncatingIfNeeded: address.rawValue &>> 63))
  }

  public func access(of entry: UInt64, by rule: EntryRule) -> Access {
    Self.value.access(of: entry, by: rule)
  }
  public func fields(of rule: EntryRule) -> FieldTable { Self.value.fields(of: rule) }
  public var notPresent: NotPresentTable { Self.value.notPresent }
  public func notPresentState(of entry: UInt64) -> NotPresentState { Self.value.notPresentState(of: entry) }
  @inlinable public var byteOrder: ByteOrder { .little }
  @inlinable public var memoryEncryptionMask: UInt64 { 0 }
  @inlinable public var pageSizeBits: UInt8 { 12 }
  @inlinable public var addressBits: UInt8 { 64 }
}
