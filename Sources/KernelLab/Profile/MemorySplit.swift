/// How 4 GiB of addresses are divided between processes and the kernel (CONFIG_VMSPLIT).
public enum MemorySplit: String, Sendable, CaseIterable {
  case user3GKernel1G = "3G"
  case user2GKernel2G = "2G"
  case user1GKernel3G = "1G"

  /// PAGE_OFFSET.
  public var pageOffset: UInt64 {
    switch self {
    case .user3GKernel1G: 0xc000_0000
    case .user2GKernel2G: 0x8000_0000
    case .user1GKernel3G: 0x4000_0000
    }
  }
}
