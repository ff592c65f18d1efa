public import KernelLab
import PageTables

/// What the user says about tables that do not exist.
public struct TableSizeRequest: Sendable {
  public var paging: String?
  public var virtualAddressBits: Int?
  public var addressBits: Int?
  public var pageByteCount: UInt64?
  public var entryByteCount: UInt64?
  /// The levels' index bits, top first.
  public var levels: [Int]?
  public var ramByteCount: UInt64?
  public var processCount: UInt64?
  public var mappedByteCount: UInt64?
  public var invertedEntryByteCount: UInt64?

  public init() {}

  /// Whether anything but a format is said, which could also be meant for a source.
  public var saysMoreThanFormat: Bool {
    saysShape || ramByteCount != nil || processCount != nil || mappedByteCount != nil
      || invertedEntryByteCount != nil
  }

  private var saysShape: Bool {
    addressBits != nil || pageByteCount != nil || entryByteCount != nil || levels != nil
  }

  /// The arithmetic that is asked for. Without a format it is 32 bits, pages of 4 KiB, entries of 4 bytes (8 for
  /// addresses of more than 32 bits), and levels whose tables are a page each.
  public func size() throws(SourceError) -> TableSize {
    var size = TableSize(try shape())
    size.ramByteCount = ramByteCount
    size.processCount = processCount ?? 1
    size.mappedByteCount = mappedByteCount
    if let invertedEntryByteCount { size.invertedEntryByteCount = invertedEntryByteCount }
    return size
  }

  /// The needs, or a sentence that says what does not fit.
  public func needs() throws(SourceError) -> (size: TableSize, needs: [TableNeed]) {
    let size = try size()
    do throws(TableSizeError) {
      return (size, try size.needs())
    } catch {
      throw SourceError("size: \(error)")
    }
  }

  private func shape() throws(SourceError) -> PagingShape {
    if let paging {
      guard !saysShape else {
        throw SourceError(
          "size: --paging says the address bits, the sizes of pages and entries, and the levels; "
            + "leave these out")
      }
      let request = SpaceRequest(virtualAddressBits: virtualAddressBits)
      return PagingShape(try request.format(named: paging))
    }
    let page = pageByteCount ?? 4096
    do throws(TableSizeError) {
      if let levels {
        return try PagingShape(
          indexBits: levels, pageByteCount: page,
          entryByteCount: entryByteCount ?? (addressBits ?? 32 > 32 ? 8 : 4), addressBits: addressBits)
      }
      let bits = addressBits ?? 32
      return try PagingShape(
        addressBits: bits, pageByteCount: page, entryByteCount: entryByteCount ?? (bits > 32 ? 8 : 4))
    } catch {
      throw SourceError("size: \(error)")
    }
  }
}
