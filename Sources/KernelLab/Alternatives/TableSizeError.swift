/// Why sizes cannot be told: what does not fit, and what would.
public enum TableSizeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A page size that is no power of two from 16 bytes to 1 GiB.
  case pageSize(UInt64)
  /// An entry size that is not 1 to 64 bytes.
  case entrySize(UInt64)
  /// A number of address bits that is not above those inside a page, or above 64.
  case addressBits(Int, pageSizeBits: Int)
  /// No level, more than 8, or a level without index bits.
  case levels([Int])
  /// The levels' index bits and those inside a page do not add up to the address bits.
  case levelSum(Int, addressBits: Int)
  /// A page holds fewer than two entries, so that no number of levels would do.
  case entriesPerPage(entryByteCount: UInt64, pageByteCount: UInt64)
  /// More bytes are mapped than an address space has.
  case mapped(UInt64, addressBits: Int)
  /// A number of processes below 1 or above 2^32.
  case processes(UInt64)
  /// RAM of less than a page.
  case ram(UInt64)
  /// A count that 64 bits do not hold.
  case tooLarge(String)
  /// More frames of RAM than a table is made for.
  case tooManyFrames(limit: Int)

  public var description: String {
    switch self {
    case .pageSize(let size):
      "a page of \(size) bytes: the size must be a power of two from 16 bytes to 1 GiB"
    case .entrySize(let size): "an entry of \(size) bytes: it must have 1 to 64"
    case .addressBits(let bits, let pageSizeBits):
      "\(bits) address bits: with such pages there must be \(pageSizeBits + 1) to 64"
    case .levels(let bits) where bits.count > 8:
      "\(bits.count) levels: there must be 1 to 8; smaller entries or larger pages need fewer"
    case .levels(let bits):
      "levels of \(bits.map { "\($0)" }.joined(separator: ",")) bits: there must be 1 to 8, each of 1 to 48 bits"
    case .levelSum(let sum, let bits):
      "the levels' bits and those inside a page are \(sum), not the \(bits) of an address"
    case .entriesPerPage(let entry, let page):
      "a page of \(page) bytes holds fewer than two entries of \(entry); name the levels' bits"
    case .mapped(let bytes, let bits): "\(bytes) bytes do not fit into an address space of \(bits) bits"
    case .processes(let count): "\(count) processes: there must be 1 to 4294967296"
    case .ram(let bytes): "\(bytes) bytes of RAM: there must be a page at least"
    case .tooLarge(let what): "\(what) cannot be counted in 64 bits"
    case .tooManyFrames(let limit): "RAM has more than \(limit) frames"
    }
  }
}
