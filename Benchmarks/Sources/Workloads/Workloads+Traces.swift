import CReference
import Glibc
import KernelLab

extension Workload {
  /// Decoding a trace of each form, from a file in memory, beside C that has the whole of it in memory and takes
  /// it as sound.
  public static func traces() -> [[Workload]] {
    guard let traces = TraceFiles(recordCount: 4 << 20) else { return [] }
    return [
      group(traces.lackey, "lackey") { file in
        unsafe file.bytes.withUnsafeBufferPointer { unsafe reference_lackey($0.baseAddress, $0.count) }
      },
      group(traces.champSim, "champsim") { file in
        unsafe file.bytes.withUnsafeBufferPointer { unsafe reference_champsim($0.baseAddress, $0.count) }
      },
      group(traces.compact, "compact") { file in
        unsafe file.bytes.withUnsafeBufferPointer { unsafe reference_compact($0.baseAddress, $0.count) }
      },
    ]
  }

  private static func group(
    _ file: TraceFiles.File, _ name: String,
    _ reference: @escaping @Sendable (TraceFiles.File) -> reference_trace_tally
  ) -> [Workload] {
    let group = "traces, \(name): \(file.bytes.count / file.recordCount) bytes a record"
    func workload(_ name: String, _ run: @escaping @Sendable () -> UInt64) -> Workload {
      Workload(group, name, unit: "records", count: file.recordCount, run: run)
    }
    return [
      workload("C, all in memory, taken as sound, summed at once") {
        let tally = reference(file)
        return tally.sum &+ tally.counts.0 &+ tally.counts.1 &+ tally.counts.2
      },
      workload("Swift, from a file, checked, summed batch by batch") { file.sum() },
      workload("Swift, from a file, checked, replayed on a sum") { file.replay(on: 1) },
      workload("Swift, the same on 4 sums (one is counted)") { file.replay(on: 4) },
    ]
  }
}

/// What is done with each access: as little as shows that it was decoded.
struct AccessSum: ReplayTarget, ~Copyable {
  var sum: UInt64 = 0

  @inline(__always)
  mutating func access(_ address: UInt64, kind: TraceRecord.Kind, byteCount: Int) {
    sum &+= address ^ UInt64(truncatingIfNeeded: byteCount) << 56
  }
}

/// One trace in all three forms.
struct TraceFiles: Sendable {
  /// A trace as bytes, and as a file that lives in memory.
  struct File: Sendable {
    let bytes: [UInt8]
    let recordCount: Int
    private let descriptor: Int32

    init?(_ bytes: [UInt8], recordCount: Int) {
      self.bytes = bytes
      self.recordCount = recordCount
      descriptor = reference_memory_file(UInt64(bytes.count))
      guard descriptor >= 0 else { return nil }
      var written = 0
      while written < bytes.count {
        let start = written
        // Sound: what is written lies in the array.
        let count = unsafe bytes.withUnsafeBytes {
          unsafe pwrite(descriptor, $0.baseAddress! + start, $0.count - start, off_t(start))
        }
        guard count > 0 else { return nil }
        written += count
      }
    }

    func sum() -> UInt64 {
      var batch = TraceBatch()
      var sum: UInt64 = 0
      do throws(TraceError) {
        var reader = try TraceReader(path: "/proc/self/fd/\(descriptor)")
        while try reader.read(into: &batch) {
          let records = batch.records.span.extracting(0..<batch.count)
          for index in records.indices {
            sum &+= records[index].address ^ UInt64(records[index].byteCount) << 56
          }
          sum &+= UInt64(batch.count)
        }
      } catch {
        print(error)
      }
      return sum
    }

    func replay(on count: Int) -> UInt64 {
      // Sizes of two accesses may not be added, so pages are large: nothing crosses a border.
      let lanes = (0..<count).map { _ in ReplayLane(AccessSum(), pageSizeBits: 40) }
      do throws(TraceError) {
        var reader = try TraceReader(path: "/proc/self/fd/\(descriptor)")
        let counts = try Replay.run(&reader, on: lanes)
        return lanes[0].withTarget { $0.sum } &+ counts.total
      } catch {
        print(error)
        return 0
      }
    }
  }

  let lackey: File
  let champSim: File
  let compact: File

  /// A program that runs through loops, with a stack, an array that it goes through, and a heap.
  init?(recordCount: Int) {
    var random = SplitMix64(seed: 614)
    var text: [UInt8] = Array("==614== a synthetic trace\n".utf8)
    var instructions: [UInt8] = []
    var code: UInt64 = 0x40_1000
    var array: UInt64 = 0x422_0000
    var records = 0
    var instructionRecords = 0
    while records < recordCount {
      let draw = random.next()
      let size = 2 + draw % 7
      Self.append("I  ", code, size, to: &text)
      var reads: [UInt64] = []
      var writes: [UInt64] = []
      switch draw >> 8 % 16 {
      case 0..<3: reads.append(0x1f_feff_e000 + draw >> 16 & 0x3f8)
      case 3: writes.append(0x1f_feff_e000 + draw >> 16 & 0x3f8)
      case 4, 5:
        reads.append(array)
        array += 8
      case 6: reads.append(0x500_0000 + draw >> 16 & 0xff_fff8)
      case 7: writes.append(0x500_0000 + draw >> 16 & 0xff_fff8)
      default: break
      }
      for read in reads { Self.append(" L ", read, 8, to: &text) }
      for write in writes { Self.append(" S ", write, 8, to: &text) }
      Self.append(code, reads: reads, writes: writes, to: &instructions)
      records += 1 + reads.count + writes.count
      instructionRecords += 1 + reads.count + writes.count
      // A jump after each ten instructions, mostly back.
      code = draw >> 40 % 10 == 0 ? 0x40_0000 + draw >> 44 & 0xffff : code + size
    }
    guard let lackey = File(text, recordCount: records),
      let champSim = File(instructions, recordCount: instructionRecords),
      let packed = Self.compact(text), let compact = File(packed, recordCount: records)
    else { return nil }
    self.lackey = lackey
    self.champSim = champSim
    self.compact = compact
  }

  private static func append(_ prefix: String, _ address: UInt64, _ size: UInt64, to text: inout [UInt8]) {
    let digits = String(address, radix: 16)
    text += prefix.utf8
    for _ in digits.utf8.count..<max(8, digits.utf8.count) { text.append(0x30) }
    text += digits.utf8
    text += ",\(size)\n".utf8
  }

  private static func append(
    _ code: UInt64, reads: [UInt64], writes: [UInt64], to bytes: inout [UInt8]
  ) {
    func words(_ numbers: [UInt64], _ count: Int) {
      for index in 0..<count {
        let number = index < numbers.count ? numbers[index] : 0
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
      }
    }
    words([code, 0], 2)
    words(writes, 2)
    words(reads, 4)
  }

  /// The text in the compact form, through a file as a user would do it.
  private static func compact(_ text: [UInt8]) -> [UInt8]? {
    let descriptor = reference_memory_file(0)
    do throws(TraceError) {
      var reader = try TraceReader(bytes: text, name: "synthetic")
      _ = try Replay.convert(&reader, to: try TraceWriter(path: "/proc/self/fd/\(descriptor)"))
    } catch {
      print(error)
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    // Sound: as many bytes are read as the array has.
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    return count == bytes.count ? bytes : nil
  }
}
