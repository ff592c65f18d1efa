import KernelLab
import Testing

@Suite("Replay")
struct ReplayTests {
  struct Access: Hashable {
    var address: UInt64
    var kind: TraceRecord.Kind
    var byteCount: Int
  }

  /// Keeps what it is given; cannot be copied, as a machine cannot.
  struct Recorder: ReplayTarget, ~Copyable {
    var accesses: [Access] = []
    mutating func access(_ address: UInt64, kind: TraceRecord.Kind, byteCount: Int) {
      accesses.append(Access(address: address, kind: kind, byteCount: byteCount))
    }
  }

  /// Only counts bytes.
  struct Counter: ReplayTarget {
    var byteCount = 0
    mutating func access(_ address: UInt64, kind: TraceRecord.Kind, byteCount: Int) {
      self.byteCount += byteCount
    }
  }

  @Test("an access that crosses a page's border counts for each page; each target has pages of its own")
  func borders() throws {
    let text = "I  0ffc,4\n L 0ffd,4\n S ffffffffffffffff,2\n L 07ff,2047\n"
    var reader = try TraceReader(bytes: Array(text.utf8), name: "trace")
    let large = ReplayLane(Recorder())
    let small = ReplayLane(Recorder(), pageSizeBits: 10)
    let counter = ReplayLane(Counter())
    let counts = try Replay.run(&reader, on: [large, small, counter])
    #expect(counts.total == 4)
    #expect(counts.fetches == 1)
    #expect(counts.reads == 2)
    #expect(counts.writes == 1)
    large.withTarget {
      #expect(
        $0.accesses == [
          Access(address: 0xffc, kind: .fetch, byteCount: 4),
          Access(address: 0xffd, kind: .read, byteCount: 3),
          Access(address: 0x1000, kind: .read, byteCount: 1),
          Access(address: .max, kind: .write, byteCount: 1), Access(address: 0, kind: .write, byteCount: 1),
          Access(address: 0x7ff, kind: .read, byteCount: 2047),
        ])
    }
    #expect(large.accessCount == 6)
    small.withTarget {
      #expect(
        $0.accesses.suffix(3) == [
          Access(address: 0x7ff, kind: .read, byteCount: 1),
          Access(address: 0x800, kind: .read, byteCount: 1024),
          Access(address: 0xc00, kind: .read, byteCount: 1022),
        ])
    }
    #expect(small.accessCount == 8)
    let byteCount = counter.withTarget { $0.byteCount }
    #expect(byteCount == 2057)
  }

  @Test("every record reaches every target, in order, over many batches")
  func order() throws {
    let expected = sampleRecords(30_000)
    var reader = try TraceReader(bytes: compact(expected), name: "trace")
    // Pages so large that only the end of the space is a border.
    let lanes = (0..<3).map { _ in ReplayLane(Recorder(), pageSizeBits: 40) }
    _ = try Replay.run(&reader, on: lanes)
    for lane in lanes {
      lane.withTarget { target in
        var rest = target.accesses[...]
        for record in expected {
          var byteCount = 0
          #expect(rest.first?.address == record.address)
          while byteCount < Int(record.byteCount), let access = rest.popFirst() {
            byteCount += access.byteCount
            #expect(access.kind == record.kind)
          }
          #expect(byteCount == Int(record.byteCount))
        }
        #expect(rest.isEmpty)
      }
    }
  }

  @Test("a limit of records, or the caller, ends it after a batch")
  func limit() throws {
    let bytes = compact(sampleRecords(30_000))
    var reader = try TraceReader(bytes: bytes, name: "trace")
    #expect(try Replay.run(&reader, on: [], recordLimit: 5000).total == 8192)
    var other = try TraceReader(bytes: bytes, name: "trace")
    #expect(try Replay.run(&other, on: []) { $0.total < 4096 }.total == 4096)
  }

  @Test("a malformed trace ends it with an error; the targets have had what came before")
  func malformed() throws {
    var reader = try TraceReader(bytes: Array(" L 1,1\n L 2,1\nwhat\n".utf8), name: "trace")
    let lane = ReplayLane(Recorder())
    do throws(TraceError) {
      _ = try Replay.run(&reader, on: [lane])
      Issue.record("no error")
    } catch {
      #expect(error.place == .line(3, column: 1))
    }
    #expect(lane.accessCount == 2)
  }

  struct Unknown: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var words: String
  }

  @Test(
    "what is no trace is named, and how to read what is compressed",
    arguments: [
      Unknown(testDescription: "empty", bytes: [], words: "empty"),
      Unknown(testDescription: "gzip", bytes: [0x1f, 0x8b, 8, 0], words: "xzcat"),
      Unknown(testDescription: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], words: "compressed by xz"),
      Unknown(testDescription: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd, 0], words: "compressed by zstd"),
      Unknown(testDescription: "bzip2", bytes: Array("BZh9".utf8), words: "compressed by bzip2"),
      Unknown(testDescription: "a text", bytes: Array("hello\n".utf8), words: "no trace of a known form"),
      Unknown(testDescription: "zeros", bytes: [UInt8](repeating: 0, count: 640), words: "no trace"),
      Unknown(testDescription: "ones", bytes: [UInt8](repeating: 255, count: 640), words: "no trace"),
    ])
  func unknown(_ given: Unknown) throws {
    do throws(TraceError) {
      _ = try TraceReader(bytes: given.bytes, name: "file")
      Issue.record("no error")
    } catch {
      #expect(error.description.hasPrefix("file: at byte 0: "))
      #expect(error.description.contains(given.words))
    }
  }

  @Test("a file that is not there is an error")
  func missing() {
    do throws(TraceError) {
      _ = try TraceReader(path: "/nonexistent/trace")
      Issue.record("no error")
    } catch {
      #expect(error.description.hasPrefix("/nonexistent/trace: cannot be opened: "))
    }
  }
}
