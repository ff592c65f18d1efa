public import PageTables

/// Why an edit was refused, and where. Nothing was written for the page that it names.
public struct EditError: Error, Hashable, Sendable {
  /// The entry at which the edit stopped.
  public struct Place: Hashable, Sendable {
    /// The level, counted from the format's top.
    public var depth: Int
    public var table: PhysicalAddress
    public var index: UInt64
    /// The raw entry; 0 if it could not be read.
    public var entry: UInt64

    public init(depth: Int, table: PhysicalAddress, index: UInt64, entry: UInt64) {
      self.depth = depth
      self.table = table
      self.index = index
      self.entry = entry
    }
  }

  public enum Problem: Hashable, Sendable {
    /// The address, or a part of the range, lies in no region of the format.
    case nonCanonical
    /// The virtual address is not a multiple of the page size.
    case misalignedAddress(sizeBits: UInt8)
    /// The physical address is not a multiple of the page size.
    case misalignedTarget(PhysicalAddress, sizeBits: UInt8)
    /// The length is not a multiple of the page size.
    case misalignedLength(UInt64)
    /// No leaf has this size; bit n of `available` stands for 2^n bytes.
    case noSuchLeafSize(sizeBits: UInt8, available: UInt64)
    /// The entry maps memory already.
    case alreadyMapped
    /// A table must be here, but a leaf of this size is.
    case leafInTheWay(sizeBits: UInt8)
    /// A leaf must be here, but a table is, empty or not.
    case tableInTheWay
    /// The range ends inside this leaf.
    case partOfLeaf(VirtualAddress, sizeBits: UInt8)
    /// A leaf of this size cannot be split: the format has none smaller that fits.
    case notSplittable(sizeBits: UInt8)
    /// There is no leaf to change.
    case notMapped
    /// There is no table at this depth.
    case noTable
    /// An encoding that the architecture reserves.
    case invalidEntry
    /// Bits that must be zero are set: these.
    case reservedBits(UInt64)
    /// No entry of this size gives exactly these rights; `nearest` are those that one can give.
    case accessNotExpressible(Access, sizeBits: UInt8, nearest: Access)
    /// The target has address bits that an entry cannot hold: these.
    case targetTooLarge(PhysicalAddress, excess: UInt64)
    /// The state cannot be written in this format's and era's entries.
    case stateNotExpressible(NotPresentState)
    case unknownField(name: String)
    /// The field decides rights or the kind of entry, or is too narrow for the value.
    case fieldNotFree(name: String, value: UInt64)
    /// The frame source has no frame of 2^`sizeBits` bytes.
    case outOfFrames(sizeBits: UInt8)
    /// The frame source gave a frame that a table cannot be in: misaligned, or not to be named by an entry.
    case unusableFrame(PhysicalAddress, sizeBits: UInt8)
    case memory(PhysicalAddress, MemoryFault)
  }

  public var problem: Problem
  /// The page that was to be edited; nil where the request was wrong before any.
  public var address: VirtualAddress?
  public var place: Place?

  public init(_ problem: Problem, address: VirtualAddress? = nil, place: Place? = nil) {
    self.problem = problem
    self.address = address
    self.place = place
  }
}
