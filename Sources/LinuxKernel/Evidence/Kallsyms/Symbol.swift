/// A name for an address in the kernel.
public struct Symbol: Hashable, Sendable {
  public var name: String
  /// The virtual address; of symbols of type `A` a plain number.
  public var address: UInt64
  /// The letter that `nm` gives it: `T` text, `D` data, `R` read-only data, `B` zeroed data, `A` absolute,
  /// `V` and `W` weak; lower case for symbols local to a file.
  public var type: Character

  public init(name: String, address: UInt64, type: Character) {
    self.name = name
    self.address = address
    self.type = type
  }

  /// Whether the symbol is known outside its file.
  public var isGlobal: Bool { type.isUppercase }
}
