import Foundation
import LinuxKernel
import MemoryImages
import PageTables

/// What a pass over an image's RAM saw, kept in a file for the next time.
///
/// The file says of which image it is. What it tells is looked at like what a pass would tell: a forged one leads
/// to no more than a forged image does.
struct ScanCache: Sendable {
  static let schema = "pagewalk.cache/1"
  /// Tens of thousands of places and distances, and more than a search needs.
  private static let sizeLimit = 16 << 20

  var path: String
  var image: Image

  /// How an image is told from others: sizes and times of its files, where there is RAM, and some of its pages.
  struct Image: Hashable, Codable, Sendable {
    struct File: Hashable, Codable, Sendable {
      var sizeBytes: UInt64
      /// Seconds since 2001.
      var modified: Double
    }

    var files: [File]
    var digest: String
  }

  private struct Content: Codable {
    var schema: String
    var image: Image
    var scan: MemoryScan
  }

  /// What was kept for this image; nil if there is no file yet.
  ///
  /// - Throws: if the file is of another image, or no such file.
  func load() throws(SourceError) -> MemoryScan? {
    guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int else {
      return nil
    }
    guard size <= Self.sizeLimit, let data = FileManager.default.contents(atPath: path),
      let content = try? JSONDecoder().decode(Content.self, from: data), content.schema == Self.schema
    else {
      throw SourceError("--cache \(path): not a file that --cache wrote; remove it, or name another one")
    }
    guard content.image == image else {
      let isOfSize = content.image.files.map(\.sizeBytes) == image.files.map(\.sizeBytes)
      let reason =
        !isOfSize
        ? "its size differs"
        : content.image.files != image.files ? "its time differs" : "its pages differ"
      throw SourceError(
        "--cache \(path): not of this image (\(reason)); remove it to have it made anew, or name another one")
    }
    return content.scan
  }

  /// Keeps it; what went wrong, in a sentence.
  func store(_ scan: MemoryScan) -> String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let data = try encoder.encode(Content(schema: Self.schema, image: image, scan: scan))
      try data.write(to: URL(filePath: path), options: .atomic)
      return nil
    } catch {
      return "--cache \(path): cannot be written: \(error.localizedDescription)"
    }
  }
}

extension ScanCache.Image {
  /// How many pages of RAM are looked at, evenly taken.
  private static let sampleCount: UInt64 = 64

  init(_ image: MemoryImage, paths: [String]) throws(SourceError) {
    files = []
    for path in paths {
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
        let size = attributes[.size] as? UInt64, let modified = attributes[.modificationDate] as? Date
      else { throw SourceError("--cache: \(path) has no size and time that it could be told by") }
      files.append(File(sizeBytes: size, modified: modified.timeIntervalSinceReferenceDate))
    }
    var digest = FNV1a()
    let ranges = image.ranges.filter { $0.state == .present }
    for range in ranges {
      digest.add(range.start.rawValue)
      digest.add(range.last.rawValue)
    }
    let pageCount = ranges.reduce(UInt64(0)) { $0 + ($1.last.rawValue - $1.start.rawValue) >> 12 }
    let step = max(1, pageCount / Self.sampleCount)
    var next: UInt64 = 0
    var first: UInt64 = 0
    for range in ranges {
      let count = (range.last.rawValue - range.start.rawValue) >> 12
      while next < first + count {
        let page = range.start.rawValue + (next - first) << 12
        next += step
        _ = try? image.withBytes(at: PhysicalAddress(page), count: 4096) { bytes in
          for offset in stride(from: 0, to: bytes.byteCount - 7, by: 8) {
            digest.add(bytes.entry(atByteOffset: offset, byteCount: 8, order: .little) ?? 0)
          }
        }
      }
      first += count
    }
    self.digest = "0x" + String(digest.value, radix: 16)
  }
}

/// FNV-1a over 64-bit words: tells images apart, and is no protection from who wants two to look alike.
private struct FNV1a {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01b3 }
}
