/// What the kernel forbids even root (Linux, security/lockdown/lockdown.c, since 5.4).
public enum Lockdown: String, Sendable, CaseIterable {
  case none
  /// Nobody may change the kernel.
  case integrity
  /// Nor read it.
  case confidentiality

  /// The mode, or nil where the system does not say: the file system `securityfs` shows it.
  static var current: Lockdown? {
    guard let text = try? SystemFile("/sys/kernel/security/lockdown").text(limitBytes: 256),
      let start = text.firstIndex(of: "["), let end = text.firstIndex(of: "]"), start < end
    else { return nil }
    return Lockdown(rawValue: String(text[text.index(after: start)..<end]))
  }

  /// Why reading the kernel was forbidden to whoever has the capabilities for it.
  static func refusal(_ what: String, needs: String) -> RungRefusal {
    switch current {
    case .confidentiality:
      RungRefusal(
        .lockdown, "\(what): the kernel is locked down (confidentiality): nobody may read its memory")
    case nil:
      RungRefusal(
        .permission,
        "\(what): \(needs) is missing, or the kernel is locked down; run it as root, and mount "
          + "securityfs to see which")
    default: RungRefusal(.permission, "\(what): \(needs) is missing; run it as root")
    }
  }
}
