public import KernelLab
import KernelOracle

/// What came of comparing the lab with a kernel: `pagewalk.lab-verify/1`.
public struct VerificationReport: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-verify/1"

  /// Differences that were let pass, by the reason; ``Verification`` says what they are.
  public struct Tolerated: Encodable, Sendable {
    public var moved: Int
    public var lookedAgain: Int
    public var ranAgain: Int
    public var reusedOrCopied: Int

    enum CodingKeys: String, CodingKey { case moved, lookedAgain, ranAgain, reusedOrCopied }
  }

  public struct Difference: Encodable, Sendable {
    /// Where it was seen first.
    public var origin: String
    public var difference: String
    /// The operations, one each.
    public var program: [String]

    enum CodingKeys: String, CodingKey { case origin, difference, program }

    public init(_ mismatch: Mismatch, origin: String) {
      self.origin = origin
      difference = mismatch.difference
      program = mismatch.program.operations.map(\.text)
    }
  }

  public var release: String
  public var architecture: String
  /// The release whose rules the lab followed.
  public var rules: String
  /// The kernel is of another release than that.
  public var isNearest: Bool
  /// The log that was followed; nil if it was the running kernel.
  public var log: String?
  public var framesSeen: Bool
  /// Of the first random program.
  public var seed: UInt64?
  public var operations: Int
  public var programs: Int
  public var tolerated: Tolerated
  public var mismatches: [Difference]

  enum CodingKeys: String, CodingKey {
    case release, architecture, rules
    case isNearest = "nearest"
    case log, framesSeen, seed, operations, programs, tolerated, mismatches
  }

  /// What has been compared so far, without mismatches.
  public init(_ verification: borrowing Verification, log: String? = nil, seed: UInt64? = nil) {
    release = verification.conditions.release
    architecture = verification.conditions.architecture
    rules = "\(verification.rules.known)"
    isNearest = verification.rules.isNearest
    self.log = log
    framesSeen = verification.conditions.framesVisible
    self.seed = seed
    operations = verification.operationCount
    programs = verification.programCount
    tolerated = Tolerated(
      moved: verification.movedCount, lookedAgain: verification.lookedAgainCount,
      ranAgain: verification.ranAgainCount, reusedOrCopied: verification.toleratedCount)
    mismatches = []
  }

  /// For a person.
  public var text: [String] {
    let kernel = log.map { "the kernel of \($0)" } ?? "the running kernel"
    var lines = [
      "kernel      \(release) (\(architecture)), \(kernel)",
      "rules       of Linux \(rules)"
        + (isNearest ? ": the nearest that is known, a difference may be the release's" : ""),
      "frames      "
        + (framesSeen
          ? "seen: which pages share one was compared"
          : "not seen: which pages share one was not compared (that needs CAP_SYS_ADMIN)"),
      "compared    after each of \(operations) operations in \(programs) programs"
        + (seed.map { ", random ones from seed \($0)" } ?? ""),
      "tolerated   \(tolerated.moved) pages moved, \(tolerated.lookedAgain) times looked again, "
        + "\(tolerated.ranAgain) times ran again, \(tolerated.reusedOrCopied) pages reused or copied",
      "mismatches  \(mismatches.count)",
    ]
    for mismatch in mismatches {
      lines += ["", "\(mismatch.origin): \(mismatch.difference)"]
      lines += mismatch.program.map { "  " + $0 }
    }
    return lines
  }
}
