public import ArgumentParser
public import PageTables
import Views

/// A range of addresses: `START-END` with an exclusive end, `START+SIZE`, or an address that stands for its page.
public struct RangeArgument: ExpressibleByArgument {
  public let first: UInt64
  /// Inclusive.
  public let last: UInt64

  public init?(argument: String) {
    if let dash = argument.firstIndex(of: "-") {
      guard let first = parseHexadecimal(argument[..<dash]),
        let end = parseHexadecimal(argument[argument.index(after: dash)...]), first < end
      else { return nil }
      (self.first, last) = (first, end - 1)
    } else if let plus = argument.firstIndex(of: "+") {
      guard let first = parseHexadecimal(argument[..<plus]),
        let size = parseSize(argument[argument.index(after: plus)...]), size > 0,
        !first.addingReportingOverflow(size - 1).overflow
      else { return nil }
      (self.first, last) = (first, first + (size - 1))
    } else {
      guard let address = parseHexadecimal(argument) else { return nil }
      (first, last) = (address, address)
    }
  }

  /// The range made of whole pages.
  public func pages(of format: PagingFormat) -> ClosedRange<VirtualAddress> {
    let rest = (UInt64(1) << UInt64(format.pageSizeBits)) - 1
    return VirtualAddress(first & ~rest)...VirtualAddress(last | rest)
  }
}
