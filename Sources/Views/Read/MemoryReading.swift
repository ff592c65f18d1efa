public import PageTables

/// A stretch of virtual memory, read through the tables.
public enum MemoryReading {
  /// A part that lies in one page, with its bytes or the reason why there are none.
  public struct Part: Sendable {
    public var address: VirtualAddress
    public var byteCount: Int
    public var bytes: [UInt8]?
    public var reason: String
  }

  /// Reads `byteCount` bytes from `address` on, page by page, and hands each part to `body` as it comes.
  /// Memory use is one page, however much is read.
  public static func read(
    _ address: VirtualAddress, byteCount: UInt64, in space: AddressSpace, of source: Source,
    body: (Part) -> Void
  ) {
    let walker = space.walker
    var next = address.rawValue
    var left = byteCount
    while left > 0 {
      let translation = walker.translate(VirtualAddress(next), in: source.memory)
      // What stops at a level stops for all that the entry spans; chunks keep a part at most 64 KiB.
      let pageBits = translation.mapping?.pageSizeBits ?? space.format.pageSizeBits
      let room = (UInt64(1) << UInt64(pageBits)) - (next & ((1 << UInt64(pageBits)) - 1))
      let count = min(left, room, 1 << 16)
      body(part(translation, at: next, byteCount: Int(count), source: source))
      left -= count
      let (sum, overflow) = next.addingReportingOverflow(count)
      guard !overflow else { break }
      next = sum
    }
  }

  private static func part(
    _ translation: Translation, at address: UInt64, byteCount: Int, source: Source
  ) -> Part {
    var part = Part(address: VirtualAddress(address), byteCount: byteCount, bytes: nil, reason: "")
    switch translation.outcome {
    case .stopped(let reason): part.reason = reason.contractName
    case .mapped(let mapping):
      do throws(MemoryFault) {
        part.bytes = try source.bytes(at: mapping.physical, count: byteCount)
      } catch {
        part.reason = error.contractName
      }
    }
    return part
  }
}

/// A stretch of memory in JSON: `pagewalk.memory/1`, one object a part.
public struct MemoryReport: JSONReport, Sendable {
  public static let schema = "pagewalk.memory/1"
  public var virtual: JSONAddress
  public var length: Int
  public var value: String?
  public var reason: String?

  public init(_ part: MemoryReading.Part) {
    virtual = JSONAddress(part.address.rawValue)
    length = part.byteCount
    value = part.bytes.map { $0.map { hexadecimal(UInt64($0), width: 2) }.joined() }
    reason = part.bytes == nil ? part.reason : nil
  }
}
