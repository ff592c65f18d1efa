import MemoryImages
import PageTables

func lookAtRanges() throws -> [String] {
  var options = ImageOptions()
  options.baseAddress = PhysicalAddress(0x8000_0000)
  let image = try MemoryImage.open(bytes: [UInt8](repeating: 0x55, count: 8192), options: options)
  var lines = image.ranges.map { "\(image.kind) \($0.start.rawValue) \($0.sizeBytes) \($0.state)" }
  do throws(MemoryFault) {
    try image.withBytes(at: PhysicalAddress(0), count: 8) { _ in }
  } catch {
    lines.append("at 0: \(error)")
  }
  return lines
}
// Returns "raw 2147483648 8192 present" and "at 0: outsideRAM".
