/// A Linux release, as far as page-table layouts depend on it: major and minor number.
@frozen
public struct KernelRelease: Comparable, Hashable, Sendable, BitwiseCopyable {
  public var major: UInt16
  public var minor: UInt16

  @inlinable public init(_ major: UInt16, _ minor: UInt16) {
    self.major = major
    self.minor = minor
  }

  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.major != right.major ? left.major < right.major : left.minor < right.minor
  }
}

#if !hasFeature(Embedded)
  extension KernelRelease: CustomStringConvertible {
    /// Reads `uname -r`'s form: `6.1.0-50-amd64` is 6.1. Nil if it does not begin with two numbers.
    public init?(_ release: some StringProtocol) {
      let parts = release.split(separator: ".", maxSplits: 2)
      guard parts.count >= 2, let major = UInt16(parts[0]),
        let minor = UInt16(parts[1].prefix(while: \.isWholeNumber))
      else { return nil }
      self.init(major, minor)
    }

    public var description: String { "\(major).\(minor)" }
  }

  extension PagingFormat {
    /// The same format with the not-present entries of the given kernel: the newest era that is not newer.
    /// A kernel older than every era is read by the oldest one.
    public func reading(kernel release: KernelRelease) -> PagingFormat {
      let tables = notPresentTables
      guard let table = tables.first(where: { $0.since <= release }) ?? tables.last else { return self }
      return reading(notPresent: table)
    }
  }
#endif
