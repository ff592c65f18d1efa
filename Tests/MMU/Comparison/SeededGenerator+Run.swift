import Foundation
import TestMemory

extension SeededGenerator {
  /// The seed of this run: `PAGEWALK_TEST_SEED`, or the one that every run has.
  static let testSeed = ProcessInfo.processInfo.environment["PAGEWALK_TEST_SEED"].flatMap { UInt64($0) } ?? 1
}
