import PagewalkKernel

/// Text that is written into the driver's buffer. What does not fit is dropped; nothing traps.
struct Text {
  private let text: UnsafeMutablePointer<pagewalk_text>
  /// Whether addresses, entries and values are left out.
  let hidesAddresses: Bool

  init(_ text: UnsafeMutablePointer<pagewalk_text>, hidesAddresses: Bool) {
    self.text = text
    self.hidesAddresses = hidesAddresses
  }

  /// How many bytes stand in the buffer.
  var count: Int { Int(truncatingIfNeeded: text.pointee.count) }

  func write(byte: UInt8) {
    guard text.pointee.count < text.pointee.capacity else { return }
    (text.pointee.bytes + count).pointee = CChar(bitPattern: byte)
    text.pointee.count &+= 1
  }

  /// Writes a C string.
  func write(name string: UnsafePointer<CChar>?) {
    guard var next = string else { return }
    while next.pointee != 0 {
      write(byte: UInt8(bitPattern: next.pointee))
      next += 1
    }
  }

  /// Writes a literal. Its own accessors hold a trap, which would be an oops; its parts do not: a pointer,
  /// a length, a byte of flags. Another layout would not be of 17 bytes, and then the cast is a trap that
  /// the build finds.
  func write(_ literal: StaticString) {
    let (start, length, _) = unsafeBitCast(literal, to: (UInt, UInt, UInt8).self)
    guard let bytes = UnsafePointer<UInt8>(bitPattern: start) else { return }
    var index = 0
    while index < Int(bitPattern: length) {
      write(byte: (bytes + index).pointee)
      index &+= 1
    }
  }

  /// Writes blanks until `width` bytes stand after the first `start`.
  func pad(from start: Int, to width: Int) {
    var length = count &- start
    while length < width {
      write(byte: 0x20)
      length &+= 1
    }
  }

  func writeHexadecimal(_ value: UInt64) {
    var shift: UInt64 = 60
    var isLeading = true
    while true {
      let digit = UInt8(truncatingIfNeeded: value &>> shift) & 15
      isLeading = isLeading && digit == 0 && shift > 0
      if !isLeading { write(byte: digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
      guard shift > 0 else { return }
      shift &-= 4
    }
  }

  /// A number that only who may read memory may know.
  func writeSecret(_ value: UInt64) {
    if hidesAddresses { write("(hidden)") } else { writeHexadecimal(value) }
  }

  func writeHexadecimal(byte: UInt8) {
    let high = byte &>> 4
    let low = byte & 15
    write(byte: high < 10 ? 0x30 &+ high : 0x57 &+ high)
    write(byte: low < 10 ? 0x30 &+ low : 0x57 &+ low)
  }

  func writeDecimal(_ value: UInt64) {
    // Division by ten of four pieces of 16 bits: kernels of 32 bits have no 64-bit division for us.
    var rest = value
    var digits: UInt64 = 0  // sixteen digits, four bits each, the last one lowest
    var more: UInt32 = 0  // the digits above
    var count: UInt64 = 0
    repeat {
      var quotient: UInt64 = 0
      var remainder: UInt32 = 0
      var shift: UInt64 = 48
      while true {
        let piece = remainder &<< 16 | UInt32(truncatingIfNeeded: rest &>> shift) & 0xffff
        quotient |= UInt64(piece / 10) &<< shift
        remainder = piece % 10
        if shift == 0 { break }
        shift &-= 16
      }
      if count < 16 {
        digits |= UInt64(remainder) &<< (count &<< 2)
      } else {
        more |= remainder &<< UInt32(truncatingIfNeeded: (count &- 16) &<< 2)
      }
      count &+= 1
      rest = quotient
    } while rest != 0
    while count > 0 {
      count &-= 1
      let digit =
        count < 16
        ? UInt8(truncatingIfNeeded: digits &>> (count &<< 2))
        : UInt8(truncatingIfNeeded: more &>> UInt32(truncatingIfNeeded: (count &- 16) &<< 2))
      write(byte: 0x30 | (digit & 15))
    }
  }

  /// `4 KiB`, `2 MiB`, `1 GiB`.
  func writeSize(bits: UInt32) {
    let unit = bits >= 30 ? UInt32(30) : bits >= 20 ? 20 : 10
    writeDecimal(1 &<< UInt64((bits &- unit) & 63))
    write(unit == 30 ? " GiB" : unit == 20 ? " MiB" : " KiB")
  }

  /// `rwx rwx`: what the kernel may do, and what users may.
  func writeRights(_ access: Access) {
    write(byte: access.contains(.kernelRead) ? 0x72 : 0x2d)
    write(byte: access.contains(.kernelWrite) ? 0x77 : 0x2d)
    write(byte: access.contains(.kernelExecute) ? 0x78 : 0x2d)
    write(byte: 0x20)
    write(byte: access.contains(.userRead) ? 0x72 : 0x2d)
    write(byte: access.contains(.userWrite) ? 0x77 : 0x2d)
    write(byte: access.contains(.userExecute) ? 0x78 : 0x2d)
  }

  func writeLine() { write(byte: 0x0a) }
}
