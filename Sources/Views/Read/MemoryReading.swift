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
    var next = address.rawValue
    var left = byteCount
    while left > 0 {
      let walk = SteadyWalk(VirtualAddress(next), in: space, of: source) { mapping in
        let size = Int(min(left, room(at: next, pageBits: mapping.pageSizeBits)))
        return Result { () throws(MemoryFault) in try source.bytes(at: mapping.physical, count: size) }
      }
      // What stops at a level stops for all that the entry spans; chunks keep a part at most 64 KiB.
      let pageBits = walk.translation.mapping?.pageSizeBits ?? space.format.pageSizeBits
      let count = min(left, room(at: next, pageBits: pageBits))
      body(part(walk, at: next, byteCount: Int(count)))
      left -= count
      let (sum, overflow) = next.addingReportingOverflow(count)
      guard !overflow else { break }
      next = sum
    }
  }

  /// How many bytes from `address` on a part takes: to the end of the page, and at most 64 KiB.
  private static func room(at address: UInt64, pageBits: UInt8) -> UInt64 {
    let pageBytes = UInt64(1) << UInt64(pageBits)
    return min(pageBytes - (address & (pageBytes - 1)), 1 << 16)
  }

  private static func part(
    _ walk: SteadyWalk<Result<[UInt8], MemoryFault>>, at address: UInt64, byteCount: Int
  ) -> Part {
    var part = Part(address: VirtualAddress(address), byteCount: byteCount, bytes: nil, reason: "")
    if walk.change != nil {
      part.reason = "changing"
      return part
    }
    switch (walk.translation.outcome, walk.value) {
    case (.stopped(let reason), _): part.reason = reason.contractName
    case (_, .success(let bytes)): part.bytes = bytes
    case (_, .failure(let fault)): part.reason = fault.contractName
    case (_, nil): part.reason = MemoryFault.unreadable.contractName
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
