import Foundation
import Testing

@Suite("--cache", .enabled(if: KernelImage.isExpected, "no guest is built; run scripts/guests build"))
struct CacheTests {
  @Test("a kernel is found the same with what was kept, which is small", arguments: KernelImage.all)
  func keeps(_ image: KernelImage) throws {
    let file = try Scratch()
    let plain = try image.run("ps --threads --format json")
    let first = try image.run("ps --threads --format json --cache \(file.path)")
    let kept = try #require(FileManager.default.contents(atPath: file.path))
    let second = try image.run("ps --threads --format json --cache \(file.path)")
    #expect(plain.status == 0 && plain.lines.count > 40)
    #expect(first.lines == plain.lines && first.errors.isEmpty)
    #expect(second.lines == plain.lines && second.errors.isEmpty)
    #expect(kept.count < 64 << 10)
    #expect(FileManager.default.contents(atPath: file.path) == kept)
  }

  @Test("what a forged file says is not believed", arguments: KernelImage.all.prefix(1))
  func forged(_ image: KernelImage) throws {
    let file = try Scratch()
    let plain = try image.run("ps --format json --cache \(file.path)")
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    // Places that are not there, and votes for every distance that is wrong.
    let moved = text.replacing(/:\["0x[0-9a-f]+"/) { _ in ":[\"0xfffffffffffffff0\"" }
    let voted = text.replacing(/"0x([0-9a-f]+)":[0-9]+/) { "\"0x\($0.1)\":9223372036854775807" }
    for forged in [moved, voted] where forged != text {
      try forged.write(toFile: file.path, atomically: true, encoding: .utf8)
      let answer = try image.run("ps --format json --cache \(file.path)")
      #expect(answer.status == 0 && answer.lines == plain.lines)
    }
    #expect(moved != text && voted != text)
  }

  @Test("a file of another image, or of another program, is refused and left alone")
  func refused() throws {
    let image = try #require(KernelImage.all.first)
    let file = try Scratch()
    try "{}".write(toFile: file.path, atomically: true, encoding: .utf8)
    let foreign = try image.run("ps --cache \(file.path)")
    #expect(foreign.status == 2 && foreign.errors.contains("not a file that --cache wrote"))
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "{}")
    try FileManager.default.removeItem(atPath: file.path)
    #expect(try image.run("ps --cache \(file.path)").status == 0)
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    let other = text.replacing(/"digest":"0x/) { _ in "\"digest\":\"0x1" }
    try other.write(toFile: file.path, atomically: true, encoding: .utf8)
    let stale = try image.run("ps --cache \(file.path)")
    #expect(stale.status == 2 && stale.errors.contains("not of this image (its pages differ)"))
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == other)
  }

  /// A path of a file that is not there, in a folder of its own.
  private final class Scratch {
    let path: String
    private let folder: URL

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      path = folder.appending(path: "kept.json").path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }
}
