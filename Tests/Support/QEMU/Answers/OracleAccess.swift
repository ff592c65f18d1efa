/// What may be done at an address, over all levels; nil where the unit does not tell.
///
/// The kernel's rights are those it has without the protections from user memory (SMAP, SMEP, PAN; with
/// RISC-V's SUM), and with x86's CR0.WP set.
public struct OracleAccess: Equatable, Sendable {
  public var kernelRead: Bool?
  public var kernelWrite: Bool?
  public var kernelExecute: Bool?
  public var userRead: Bool?
  public var userWrite: Bool?
  public var userExecute: Bool?

  public init(
    kernelRead: Bool? = nil, kernelWrite: Bool? = nil, kernelExecute: Bool? = nil,
    userRead: Bool? = nil, userWrite: Bool? = nil, userExecute: Bool? = nil
  ) {
    self.kernelRead = kernelRead
    self.kernelWrite = kernelWrite
    self.kernelExecute = kernelExecute
    self.userRead = userRead
    self.userWrite = userWrite
    self.userExecute = userExecute
  }

  /// Nothing is allowed, and that is known of all six.
  public static let none = OracleAccess(
    kernelRead: false, kernelWrite: false, kernelExecute: false,
    userRead: false, userWrite: false, userExecute: false)
}
