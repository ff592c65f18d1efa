import QEMUOracle
import Testing

extension Trait where Self == ConditionTrait {
  /// A suite that needs this QEMU: skipped without it, but in continuous integration.
  static func needs(_ executable: QEMUExecutable) -> Self {
    .enabled(if: executable.isExpected, "\(executable.missing)")
  }
}
