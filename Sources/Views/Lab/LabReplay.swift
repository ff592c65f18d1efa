import Foundation
public import KernelLab
import PageTables

/// Traces of programs' accesses on the lab's machines.
public enum LabReplay {
  /// Replays a trace on several machines in one pass.
  ///
  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - recordLimit: the reading stops after the batch (4096 records at most) that reaches so many.
  ///   - progress: told how many records were replayed.
  public static func run(
    traceAt path: String, on profiles: [Profile], recordLimit: UInt64 = .max,
    progress: (UInt64) -> Void = { _ in }
  ) throws(SourceError) -> [ReplayReport] {
    var lanes: [ReplayLane<TraceProcess>] = []
    for profile in profiles {
      do {
        lanes.append(ReplayLane(try TraceProcess(profile), pageSizeBits: profile.format.pageSizeBits))
      } catch {
        throw SourceError("\(profile.name): \(error)")
      }
    }
    do throws(TraceError) {
      var reader = try TraceReader(path: path)
      let counts = try Replay.run(&reader, on: lanes, recordLimit: recordLimit) {
        progress($0.total)
        return true
      }
      return lanes.map { lane in lane.withTarget { ReplayReport($0, records: counts.total) } }
    } catch {
      throw SourceError("\(error)")
    }
  }

  /// Writes a trace in the compact form, and says so in a sentence.
  public static func convert(
    traceAt path: String, to output: String, replaces: Bool
  ) throws(SourceError) -> String {
    guard output == "-" || replaces || !FileManager.default.fileExists(atPath: output) else {
      throw SourceError("\(output) exists; --force replaces it")
    }
    // Replacing the trace by itself would empty it before it is read.
    guard output == "-" || path == "-" || !isSame(path, output) else {
      throw SourceError("\(output) is the trace itself")
    }
    do throws(TraceError) {
      var reader = try TraceReader(path: path)
      let counts = try Replay.convert(
        &reader, to: try TraceWriter(path: output, addressBits: reader.addressBits ?? 64))
      return
        "\(output): \(counts.total) records, \(counts.fetches) fetches, \(counts.reads) reads, "
        + "\(counts.writes) writes"
    } catch {
      throw SourceError("\(error)")
    }
  }

  private static func isSame(_ first: String, _ second: String) -> Bool {
    func identity(_ path: String) -> [UInt64]? {
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
        let device = attributes[.systemNumber] as? NSNumber,
        let number = attributes[.systemFileNumber] as? NSNumber
      else { return nil }
      return [device.uint64Value, number.uint64Value]
    }
    let path = URL(fileURLWithPath: first).resolvingSymlinksInPath().path
    let other = URL(fileURLWithPath: second).resolvingSymlinksInPath().path
    guard let one = identity(path) else { return path == other }
    return one == identity(other)
  }
}
