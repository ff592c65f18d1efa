/// What became of one operation, as its process saw it.
public struct Outcome: Hashable, Sendable {
  /// What the system call returned: an address, zero, or an error number negated. Of a touch: how many pages
  /// faulted with a signal. Of a fork that succeeded: zero.
  public var value: Int64
  /// Page faults that the kernel counted for the process during the operation.
  public var minorFaults: UInt32
  public var majorFaults: UInt32
  /// The signals of a touch; nil where there was none.
  public var signals: Signals?

  public init(value: Int64, minorFaults: UInt32 = 0, majorFaults: UInt32 = 0, signals: Signals? = nil) {
    self.value = value
    self.minorFaults = minorFaults
    self.majorFaults = majorFaults
    self.signals = signals
  }

  /// The error number, if there was an error.
  public var error: Int32? { (-4095..<0).contains(value) ? Int32(-value) : nil }

  /// The signals that a touch of several pages raised.
  public struct Signals: Hashable, Sendable {
    public var count: UInt32
    /// The last one's number, `si_code` and `si_addr`.
    public var number: UInt32
    public var code: UInt32
    public var address: UInt64
    /// Bit N: the touch of page N (modulo 64) faulted.
    public var faultedPages: UInt64

    public init(count: UInt32, number: UInt32, code: UInt32, address: UInt64, faultedPages: UInt64) {
      self.count = count
      self.number = number
      self.code = code
      self.address = address
      self.faultedPages = faultedPages
    }
  }
}
