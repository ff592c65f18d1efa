import Foundation
public import KernelLab
import KernelOracle

/// The lab against a kernel: the running one, or one whose log was recorded.
public enum LabVerification {
  /// How long and with what the running kernel is asked.
  public struct Options: Sendable {
    public var operationCount: Int
    public var seed: UInt64
    /// Operations in a random program.
    public var programLength: Int
    /// Another machine than that of the kernel's architecture.
    public var profile: Profile?

    public init(operationCount: Int, seed: UInt64 = 0, programLength: Int = 100, profile: Profile? = nil) {
      self.operationCount = operationCount
      self.seed = seed
      self.programLength = programLength
      self.profile = profile
    }
  }

  /// Runs the programs for rare rules, then random ones of the seeds from the first one on, until so many
  /// operations were compared or one mismatch was found, whose program is made as short as can be.
  ///
  /// - Parameter progress: told from 0 to 1 how much is done.
  public static func run(
    _ options: Options, progress: (Double) -> Void = { _ in }
  ) throws(SourceError) -> VerificationReport {
    let kernel: RunningKernel
    do throws(OracleError) { kernel = try RunningKernel() } catch { throw SourceError("\(error)") }
    do throws(VerificationError) {
      var verification = try Verification(kernel.conditions, on: options.profile)
      for directed in DirectedProgram.all where verification.operationCount < options.operationCount {
        guard let program = try? directed.program() else { continue }
        if let mismatch = try verification.verify(program, kernel) {
          return try ended(
            &verification, mismatch, origin: "the rule '\(directed.rule)'", kernel, options)
        }
        progress(Double(verification.operationCount) / Double(max(1, options.operationCount)))
      }
      var seed = options.seed
      while verification.operationCount < options.operationCount {
        let length = min(options.programLength, options.operationCount - verification.operationCount)
        if let mismatch = try verification.verify(seed: seed, length: max(1, length), kernel) {
          return try ended(&verification, mismatch, origin: "seed \(seed)", kernel, options)
        }
        seed &+= 1
        progress(Double(verification.operationCount) / Double(max(1, options.operationCount)))
      }
      return VerificationReport(verification, seed: options.seed)
    } catch {
      throw SourceError("\(error)")
    }
  }

  private static func ended(
    _ verification: inout Verification, _ mismatch: Mismatch, origin: String, _ kernel: RunningKernel,
    _ options: Options
  ) throws(VerificationError) -> VerificationReport {
    // Before the program is made shorter: those runs are not part of what was asked for.
    var report = VerificationReport(verification, seed: options.seed)
    let shortest = try verification.shrink(mismatch, kernel)
    report.mismatches = [VerificationReport.Difference(shortest, origin: origin)]
    return report
  }

  /// Tells the text of programs for a kernel elsewhere, one program at a time.
  ///
  /// - Parameter profile: a profile's name, with options.
  public static func programs(
    for profile: String, operationCount: Int, seed: UInt64, programLength: Int, _ tell: (String) -> Void
  ) throws(SourceError) {
    let machine: Profile
    do throws(ProfileError) { machine = try ProfileRequest(parsing: profile).profile() } catch {
      throw SourceError("\(error)")
    }
    do throws(VerificationError) {
      var series = try ProgramSeries(machine, seed: seed, length: min(programLength, operationCount))
      var count = 0
      while count < operationCount {
        let program = try series.next()
        count += program.operations.count
        tell(Program.text(of: [program]))
      }
    } catch {
      throw SourceError("\(error)")
    }
  }

  /// Follows a log that was recorded elsewhere, to its end or to ten mismatches.
  public static func replay(
    logAt path: String, on profile: Profile? = nil
  ) throws(SourceError) -> VerificationReport {
    let data: Data
    do {
      data =
        try path == "-"
        ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw SourceError("\(path): cannot be read: \((error as NSError).localizedDescription)")
    }
    let log: LogReader
    do throws(TextError) { log = try LogReader([UInt8](data)) } catch {
      throw SourceError("\(path): \(error)")
    }
    do throws(VerificationError) {
      var verification = try Verification(log.conditions, on: profile)
      let mismatches = try verification.verify(log: log)
      var report = VerificationReport(verification, log: path)
      report.mismatches = mismatches.map { VerificationReport.Difference($0, origin: path) }
      return report
    } catch {
      if case .log(let place) = error { throw SourceError("\(path): \(place)") }
      throw SourceError("\(error)")
    }
  }
}
