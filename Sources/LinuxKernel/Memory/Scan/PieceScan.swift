import PageTables

/// Looks through a piece of memory for landmarks and for words that point at themselves.
///
/// All tests run on sixteen words at a time; what passes one of them is looked at closely.
struct PieceScan {
  var found = MemoryScan()

  // The first four bytes of the landmarks that begin at a multiple of four.
  private static let swap: UInt32 = 0x7061_7773
  private static let kthr: UInt32 = 0x7268_746b
  private static let kwor: UInt32 = 0x726f_776b
  private static let linu: UInt32 = 0x756e_694c
  /// Magic 0xeb9f, version 1, flags 0.
  private static let btfMagic: UInt32 = 0x0001_eb9f

  /// Looks at the first `count` bytes of `bytes`, which lie at `address`; what `bytes` has behind them is
  /// only used to finish what begins before. `address` is a multiple of 4096.
  mutating func look(at bytes: RawSpan, count: Int, address: PhysicalAddress) {
    var page = 0
    while page < count {
      if bytes.holds("OSRELEASE=", at: page) {
        found.add(.vmcoreinfo, at: address.advanced(byBytes: UInt64(page)))
      }
      page &+= 4096
    }
    // A word that points at itself agrees with its own address in the low 16 bits.
    let place = UInt32(truncatingIfNeeded: address.rawValue) & 0xffff
    let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) &<< 2
    let low16 = SIMD16<UInt32>(repeating: 0xffff)
    let zero = SIMD16<UInt32>(repeating: 0)
    let swap = SIMD16<UInt32>(repeating: Self.swap)
    let kthr = SIMD16<UInt32>(repeating: Self.kthr)
    let kwor = SIMD16<UInt32>(repeating: Self.kwor)
    let linu = SIMD16<UInt32>(repeating: Self.linu)
    let btf = SIMD16<UInt32>(repeating: Self.btfMagic)
    // Two digits and their NULs, beginning at an even or at an odd address.
    let evenMask = SIMD16<UInt32>(repeating: 0xfff0_fff0)
    let even = SIMD16<UInt32>(repeating: 0x0030_0030)
    let oddMask = SIMD16<UInt32>(repeating: 0xf0ff_f0ff)
    let odd = SIMD16<UInt32>(repeating: 0x3000_3000)
    var offset = 0
    while offset < count, let words = bytes.words32(atByteOffset: offset) {
      // Much RAM is zero, and no test is for zeros.
      guard (words .!= zero).isAnySet else {
        offset &+= 64
        continue
      }
      let own = lanes &+ SIMD16<UInt32>(repeating: place &+ UInt32(truncatingIfNeeded: offset))
      let pointsHere = ((words ^ own) & low16) .== zero
      let texts =
        (words .== swap) .| (words .== kthr) .| (words .== kwor) .| (words .== linu) .| (words .== btf)
      let digits = ((words & evenMask) .== even) .| ((words & oddMask) .== odd)
      if (pointsHere .| texts .| digits).isAnySet {
        lookCloser(at: bytes, from: offset, through: min(offset &+ 64, count), address: address)
      }
      offset &+= 64
    }
    if offset < count { lookCloser(at: bytes, from: offset, through: count, address: address) }
    // Digits that begin in the last bytes have their first whole word behind the piece.
    for start in max(count &- 3, 0)..<max(count, 0) { addDigits(in: bytes, at: start, address: address) }
  }

  /// Word by word.
  private mutating func lookCloser(
    at bytes: RawSpan, from start: Int, through end: Int, address: PhysicalAddress
  ) {
    var offset = start
    while offset < end {
      defer { offset &+= 4 }
      guard let raw = bytes.entry(atByteOffset: offset, byteCount: 4, order: .little) else { return }
      let word = UInt32(truncatingIfNeeded: raw)
      let here = address.advanced(byBytes: UInt64(offset))
      if word & 0xffff == UInt32(truncatingIfNeeded: here.rawValue) & 0xffff {
        lookForSelfPointer(in: bytes, at: offset, word: word, here: here)
      }
      switch word {
      case Self.swap:
        if bytes.holds("swapper/0\0\0\0\0\0\0\0", at: offset)
          || bytes.holds("swapper\0\0\0\0\0\0\0\0\0", at: offset)
        {
          found.add(.idleTask, at: here)
        }
      case Self.kthr:
        if bytes.holds("kthreadd\0\0\0\0\0\0\0\0", at: offset) { found.add(.kernelThread, at: here) }
      case Self.kwor:
        if bytes.holds("kworker/", at: offset) { found.add(.worker, at: here) }
      case Self.linu:
        if bytes.holds("Linux version ", at: offset),
          let digit = bytes.byte(at: offset &+ 14), digit >= 0x30, digit <= 0x39
        {
          found.add(.banner, at: here)
        }
      case Self.btfMagic:
        if bytes.entry(atByteOffset: offset &+ 4, byteCount: 4, order: .little) == 24 {
          found.add(.btf, at: here)
        }
      default:
        if word & 0xfff0_fff0 == 0x0030_0030 || word & 0xf0ff_f0ff == 0x3000_3000 {
          lookForDigits(in: bytes, near: offset, address: address)
        }
      }
    }
  }

  private mutating func lookForSelfPointer(
    in bytes: RawSpan, at offset: Int, word: UInt32, here: PhysicalAddress
  ) {
    // An address of a 32-bit kernel is above its user space: 1 GiB at the least.
    if word >= 0x4000_0000,
      bytes.entry(atByteOffset: offset &+ 4, byteCount: 4, order: .little) == UInt64(word)
    {
      found.countSelfPointer32((UInt64(word) &- here.rawValue) & 0xffff_ffff)
    }
    guard here.rawValue & 7 == 0,
      let wide = bytes.entry(atByteOffset: offset, byteCount: 8, order: .little), wide >> 63 == 1,
      bytes.entry(atByteOffset: offset &+ 8, byteCount: 8, order: .little) == wide
    else { return }
    found.countSelfPointer64(wide &- here.rawValue)
  }

  /// Counts the token table that has a digit's word at `offset`, once: at the word that is the first to lie
  /// wholly inside the run of digits.
  private mutating func lookForDigits(in bytes: RawSpan, near offset: Int, address: PhysicalAddress) {
    for start in max(offset &- 3, 0)...offset { addDigits(in: bytes, at: start, address: address) }
  }

  private mutating func addDigits(in bytes: RawSpan, at offset: Int, address: PhysicalAddress) {
    guard bytes.holds("0\01\02\03\04\05\06\07\08\09\0", at: offset) else { return }
    found.add(.digitTokens, at: address.advanced(byBytes: UInt64(offset)))
  }
}
