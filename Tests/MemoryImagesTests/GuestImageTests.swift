import Foundation
import MemoryImages
import PageTables
import Testing

/// Images of real guests, where they have been made: every reader gives the bytes that the emulator's own
/// copy of RAM has.
@Suite("Images of guests")
struct GuestImageTests {
  struct Dump: Sendable, CustomTestStringConvertible {
    var guest: String
    var files: [String]
    var base: UInt64
    var testDescription: String {
      "\(guest)/\(files.map { ($0 as NSString).lastPathComponent }.joined(separator: "+"))"
    }
  }

  private struct Truth: Decodable {
    struct RAM: Decodable { var base: String }
    var ram: RAM
  }

  static let folder: String = {
    let environment = ProcessInfo.processInfo.environment
    return (environment["PAGEWALK_CACHE"] ?? NSHomeDirectory() + "/.cache/pagewalk") + "/guests"
  }()

  static let dumps: [Dump] = {
    let manager = FileManager.default
    return ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted().flatMap { guest -> [Dump] in
      let place = "\(folder)/\(guest)"
      guard manager.fileExists(atPath: place + "/ram.raw"),
        let data = manager.contents(atPath: place + "/truth.json"),
        let truth = try? JSONDecoder().decode(Truth.self, from: data),
        let base = UInt64(truth.ram.base.dropFirst(2), radix: 16)
      else { return [] }
      let names = ((try? manager.contentsOfDirectory(atPath: place)) ?? []).sorted()
      let parts = names.filter { $0.hasPrefix("makedumpfile-split.") }.map { "\(place)/\($0)" }
      let single = names.filter {
        $0.hasPrefix("dump.") || $0.hasPrefix("makedumpfile-") && !$0.hasPrefix("makedumpfile-split.")
      }
      return single.map { Dump(guest: guest, files: ["\(place)/\($0)"], base: base) }
        + (parts.isEmpty ? [] : [Dump(guest: guest, files: parts, base: base)])
    }
  }()

  @Test(
    "a page that an image has is the page that was in RAM", .enabled(if: !dumps.isEmpty), arguments: dumps)
  func pages(dump: Dump) throws {
    // A guest that is being remade has its files taken away between listing and now.
    let ramPath = "\(Self.folder)/\(dump.guest)/ram.raw"
    guard (dump.files + [ramPath]).allSatisfy(FileManager.default.fileExists) else { return }
    var options = ImageOptions()
    options.furtherFiles = Array(dump.files.dropFirst())
    let image = try MemoryImage.open(path: dump.files[0], options: options)
    var raw = ImageOptions()
    raw.forcedKind = .raw
    raw.baseAddress = PhysicalAddress(dump.base)
    let ram = try MemoryImage.open(path: ramPath, options: raw)
    let all = try #require(ram.ranges.range(from: PhysicalAddress(dump.base)))
    var compared = 0
    // Every 61st page: a sample that meets each kind of page; 61 divides no size that pages come in.
    for address in stride(from: all.start.rawValue, to: all.last.rawValue, by: 61 * 4096) {
      guard case .success(let mine) = read(image, address, 4096) else { continue }
      #expect(.success(mine) == read(ram, address, 4096), "at \(String(address, radix: 16))")
      compared += 1
    }
    #expect(compared > 0)
    #expect(!image.isIncomplete)
  }
}
