/// The order of the bytes of an entry in memory.
@frozen
public enum ByteOrder: UInt8, Sendable {
  case little
  case big
}
