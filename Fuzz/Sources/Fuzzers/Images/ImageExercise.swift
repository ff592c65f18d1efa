import MemoryImages
import PageTables

/// Opens an image and asks it everything that the command could ask, within bounds.
enum ImageExercise {
  /// Small limits, so that a few megabytes of input reach them.
  static var options: ImageOptions {
    var options = ImageOptions()
    options.cacheLimitBytes = 1 << 18
    options.inflateLimitBytes = 1 << 22
    return options
  }

  static func run(_ bytes: [UInt8], further: [[UInt8]] = [], options: ImageOptions = options) {
    do throws(ImageError) {
      let image = try MemoryImage.open(bytes: bytes, further: further, options: options)
      ask(image, seed: UInt64(bytes.count))
    } catch {
      precondition(!error.description.isEmpty && !error.problem.isEmpty)
    }
  }

  private static func ask(_ image: MemoryImage, seed: UInt64) {
    var sum = image.registers.reduce(UInt64(0)) { $0 &+ ($1.programCounter ?? 0) &+ ($1.cr3 ?? 0) }
    sum &+= UInt64(image.notes.count + (image.vmcoreinfo?.utf8.count ?? 0))
    sum &+= UInt64(image.kernelRelease?.utf8.count ?? 0)

    var addresses: [UInt64] = [
      0, 1, 0xfff, 0x1000, 1 << 20, 1 << 32, 1 << 40, 1 << 63, .max - 4096, .max - 7, .max,
    ]
    var previous: ImageRange?
    for range in image.ranges.prefix(64) {
      check(range, after: previous)
      previous = range
      let (first, last) = (range.start.rawValue, range.last.rawValue)
      addresses += [first &- 1, first, first &+ (last &- first) / 2, last &- 7, last, last &+ 1]
    }
    var state = seed
    for _ in 0..<32 {
      state = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9 &+ 0x9e37_79b9_7f4a_7c15
      addresses.append(state >> (state & 63))
    }
    for (index, address) in addresses.enumerated() {
      sum &+= touch(image, address, 8)
      sum &+= touch(image, address, 4096)
      for count in [0, -1, .min, 1, 4, 1 << 40, .max] { sum &+= touch(image, address, count) }
      // This costs time where it succeeds, so only some addresses get it.
      if index % 16 == 0 { sum &+= touch(image, address, 65_536) }
      image.prefetch(at: PhysicalAddress(address), count: index % 3 == 0 ? .max : 64)
    }
    sink = sum
  }

  /// Ranges ascend, and neighbours that touch differ.
  private static func check(_ range: ImageRange, after previous: ImageRange?) {
    precondition(range.start <= range.last)
    guard let previous else { return }
    precondition(previous.last < range.start)
    precondition(previous.last.rawValue + 1 < range.start.rawValue || previous.state != range.state)
  }

  /// Reads and looks at the bytes, so that the address sanitizer does, too.
  private static func touch(_ image: MemoryImage, _ address: UInt64, _ count: Int) -> UInt64 {
    do throws(MemoryFault) {
      return try image.withBytes(at: PhysicalAddress(address), count: count) { bytes in
        precondition(bytes.byteCount == count && count > 0)
        return bytes.withUnsafeBytes { bytes in
          // One byte in every eight, the granule of the address sanitizer, and the last one.
          stride(from: 0, to: count, by: 8).reduce(UInt64(bytes[count - 1])) { $0 &+ UInt64(bytes[$1]) }
        }
      }
    } catch {
      return UInt64(error.rawValue)
    }
  }

  /// Keeps the compiler from leaving the reading out.
  nonisolated(unsafe) static var sink: UInt64 = 0
}
