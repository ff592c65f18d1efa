/// Who may do what: the six rights that an entry can give, kernel and user apart.
///
/// "Kernel" is the privileged mode that owns the table (x86 CPL 0 to 2, EL1, supervisor mode), "user" the
/// unprivileged one. Rights are what the *tables* say; switches of the processor that narrow them further
/// (SMEP, SMAP, PAN, SUM, domains, protection keys) are registers and not part of a format. For x86 write
/// protection in the kernel (CR0.WP) is taken as set, as Linux has it.
@frozen
public struct Access: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var kernelRead: Access { Access(rawValue: 1) }
  @inlinable public static var kernelWrite: Access { Access(rawValue: 2) }
  @inlinable public static var kernelExecute: Access { Access(rawValue: 4) }
  @inlinable public static var userRead: Access { Access(rawValue: 8) }
  @inlinable public static var userWrite: Access { Access(rawValue: 16) }
  @inlinable public static var userExecute: Access { Access(rawValue: 32) }

  /// Everything that the kernel may do.
  @inlinable public static var kernel: Access { Access(rawValue: 7) }
  /// Everything that a user program may do.
  @inlinable public static var user: Access { Access(rawValue: 56) }
  /// Reading, by whomever.
  @inlinable public static var read: Access { Access(rawValue: 9) }
  /// Writing, by whomever.
  @inlinable public static var write: Access { Access(rawValue: 18) }
  /// Executing, by whomever.
  @inlinable public static var execute: Access { Access(rawValue: 36) }
  /// No right at all.
  @inlinable public static var none: Access { Access(rawValue: 0) }
  /// All six rights.
  @inlinable public static var all: Access { Access(rawValue: 63) }
}

// Written out, because the standard library's option sets bring arrays with them, and a kernel has no heap.
extension Access {
  @inlinable public func contains(_ other: Access) -> Bool { rawValue & other.rawValue == other.rawValue }
  /// Whether at least one of the rights in `other` is given.
  @inlinable public func intersects(_ other: Access) -> Bool { rawValue & other.rawValue != 0 }
  @inlinable public func union(_ other: Access) -> Access { Access(rawValue: rawValue | other.rawValue) }
  @inlinable public func intersection(_ other: Access) -> Access {
    Access(rawValue: rawValue & other.rawValue)
  }
  @inlinable public func subtracting(_ other: Access) -> Access {
    Access(rawValue: rawValue & ~other.rawValue)
  }
  @inlinable public var isEmpty: Bool { rawValue == 0 }
}

#if !hasFeature(Embedded)
  // Hosted code may write `[.kernelRead, .userRead]`.
  extension Access: OptionSet {}
#endif
