import Foundation

/// One of QEMU's programs, looked for in `PATH`.
public struct QEMUExecutable: Sendable {
  /// The program's name, such as `qemu-system-x86_64`.
  public var name: String

  /// The Debian package that brings it.
  public var package: String

  public static let x86 = QEMUExecutable(name: "qemu-system-x86_64", package: "qemu-system-x86")
  public static let aarch64 = QEMUExecutable(name: "qemu-system-aarch64", package: "qemu-system-arm")
  public static let arm = QEMUExecutable(name: "qemu-system-arm", package: "qemu-system-arm")
  public static let riscv32 = QEMUExecutable(name: "qemu-system-riscv32", package: "qemu-system-misc")
  public static let riscv64 = QEMUExecutable(name: "qemu-system-riscv64", package: "qemu-system-misc")

  /// Where it is; nil if nowhere.
  public var path: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  public init(name: String, package: String) {
    self.name = name
    self.package = package
  }

  /// Whether its absence is a failure rather than a reason to skip tests: continuous integration, which
  /// says so by `CI=true`.
  public var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

  /// Whether a test that needs it should run.
  public var isExpected: Bool { path != nil || isRequired }

  /// What to say where it is not.
  public var missing: String { "\(name) is not in PATH; on Debian: apt-get install \(package)" }
}
