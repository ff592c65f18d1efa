import ImageWriters
import MemoryImages
import PageTables
import Testing

/// What memory answers: bytes, or why not. Prints short.
enum Answer: Equatable, CustomTestStringConvertible {
  case success([UInt8])
  case failure(MemoryFault)

  var testDescription: String {
    switch self {
    case .success(let bytes): "\(bytes.count) bytes \(bytes.prefix(16))..."
    case .failure(let fault): "\(fault)"
    }
  }
}

/// The bytes at an address, or why not.
func read(_ memory: some PhysicalMemory, _ address: UInt64, _ count: Int) -> Answer {
  do throws(MemoryFault) {
    return .success(
      try memory.withBytes(at: PhysicalAddress(address), count: count) { span in
        span.withUnsafeBytes { Array($0) }
      })
  } catch {
    return .failure(error)
  }
}

/// A range for comparison, in hexadecimal where it is printed.
func range(_ start: UInt64, _ last: UInt64, _ state: ImageRange.State) -> ImageRange {
  ImageRange(start: PhysicalAddress(start), last: PhysicalAddress(last), state: state)
}

/// The error that opening gives; nil if it opens.
func failure(_ bytes: [UInt8], _ options: ImageOptions = ImageOptions()) -> ImageError? {
  do throws(ImageError) {
    _ = try MemoryImage.open(bytes: bytes, options: options)
    return nil
  } catch {
    return error
  }
}

/// Reads something of every range of an image, at its ends and over them: what a walker might do to it.
func readAround(_ image: MemoryImage, limit: Int = 64) -> Int {
  var answers = 0
  for range in image.ranges.prefix(limit) {
    for address in [
      range.start.rawValue, range.start.rawValue &- 4, range.last.rawValue, range.last.rawValue &- 2048,
      range.last.rawValue &+ 1,
    ] {
      for count in [1, 8, 4096, 65_536] {
        if case .success = read(image, address, count) { answers += 1 }
      }
    }
  }
  return answers
}
