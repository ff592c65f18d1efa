import Foundation
import ImageWriters
import Testing

@Suite("pagewalk info and formats")
struct InfoCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]

    static let all: [Kind] = {
      var kdump = KdumpWriter()
      kdump.vmcoreinfo = "OSRELEASE=6.1\n"
      kdump.frames = [1: .page(pattern(1), .zstd), 3: .excluded]
      return [
        Kind(testDescription: "kdump", bytes: kdump.bytes()),
        Kind(testDescription: "kdump", bytes: flatten(kdump.bytes(), recordBytes: 5000)),
        Kind(testDescription: "lime", bytes: limeRecord(0x1000, pattern(1))),
        Kind(testDescription: "lime", bytes: Compression.zlib.encode(limeRecord(0x1000, pattern(1)))),
        Kind(testDescription: "avml", bytes: avmlRecord(0x1000, pattern(1))),
        Kind(testDescription: "raw", bytes: pattern(1)),
      ]
    }()
  }

  @Test("JSON keeps the contract for every kind of image, recognised by its content", arguments: Kind.all)
  func json(test: Kind) throws {
    let path = folder.write(test.bytes, "image")
    let outcome = try Command.run("info", "-s", path, "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.image.expect(objects)
    #expect(objects.count == 1)
    #expect(objects.first?["kind"] as? String == test.testDescription)
    #expect((objects.first?["ranges"] as? [Any])?.isEmpty == false)
    #expect(try Command.run("info", "-s", path).output.contains(test.testDescription))
  }

  @Test("an ELF core tells machine, registers, release and what was left out")
  func core() throws {
    let machine = try SampleMachine()
    let path = folder.write(machine.core().bytes(), "core")
    let objects = try Command.run("info", "-s", path, "--format", "json").objects()
    Contract.image.expect(objects)
    let image = try #require(objects.first)
    #expect(image["architecture"] as? String == "x86-64")
    #expect(image["kernelRelease"] as? String == "6.1.0-test")
    #expect(image["incomplete"] == nil)
    let registers = try #require((image["registers"] as? [[String: Any]])?.first)
    #expect((registers["values"] as? [String: String])?["cr3"] == "0x" + String(machine.root, radix: 16))
    #expect(registers["userMode"] as? Bool == true)
    let ranges = try #require(image["ranges"] as? [[String: String]])
    #expect(ranges.map { $0["state"] } == ["present", "excluded"])
    #expect(ranges.map { $0["end"] } == ["0x102000", "0x103000"])
    let text = try Command.run("info", "-s", path, "--vmcoreinfo")
    #expect(text.output == "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n\n")
  }

  @Test("a file that ends early is incomplete, and says so")
  func incomplete() throws {
    let bytes = limeRecord(0x1000, pattern(1)) + limeRecord(0x4000, pattern(2)).dropLast(1000)
    let path = folder.write(Array(bytes), "cut")
    let outcome = try Command.run("info", "-s", path, "--format", "json")
    let image = try #require(try outcome.objects().first)
    #expect(outcome.status == 0)
    #expect(image["incomplete"] as? Bool == true)
    #expect((image["notes"] as? [String])?.isEmpty == false)
    let states = (image["ranges"] as? [[String: String]])?.map { $0["state"] }
    #expect(states == ["present", "present", "truncated"])
    #expect(try Command.run("info", "-s", path).output.contains("lime, incomplete"))
  }

  @Test("formats lists every format of the contract, in all three forms")
  func formats() throws {
    let outcome = try Command.run("formats", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    Contract.format.expect(objects)
    let names = Set(objects.compactMap { $0["name"] as? String })
    let promised: Set = [
      "x86", "x86-pae", "x86-64", "x86-64-la57", "arm", "arm-lpae", "aarch64-4k", "aarch64-16k",
      "aarch64-64k",
      "riscv-sv32", "riscv-sv39", "riscv-sv48", "riscv-sv57", "alpha", "loongarch-4k",
      "loongarch-16k",
    ]
    #expect(promised.isSubset(of: names))
    for form in ["text", "csv"] {
      let lines = try Command.run("formats", "--format", form).lines
      #expect(lines.count == objects.count + 1)
    }
  }
}
