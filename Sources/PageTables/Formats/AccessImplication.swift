/// A right that the combined rights of a walk take away: on AArch64 what a user may write is never
/// executable in the kernel, and whether a user may write it only all levels together tell.
@frozen
public struct AccessImplication: HasFiller {
  public var when: Access
  public var denies: Access

  public init(when: Access, denies: Access) {
    self.when = when
    self.denies = denies
  }

  public static var filler: AccessImplication { AccessImplication(when: .all, denies: .none) }
}
