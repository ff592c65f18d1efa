import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import TestMemory
import Testing

/// A guest's memory as one of its images has it, whole or damaged.
struct KernelMemoryCase: Sendable, CustomTestStringConvertible {
  /// What is missing.
  enum Damage: Hashable, Sendable, CustomStringConvertible {
    case none
    /// So many of 1,000 pages, at random.
    case dropped(permille: UInt64)
    /// The second half of the file.
    case half

    var description: String {
      switch self {
      case .none: "whole"
      case .dropped(let permille): "\(permille) of 1000 pages dropped"
      case .half: "cut in half"
      }
    }
  }

  var guest: Guest
  /// The kind of image: `elf`, `raw`, ...
  var image: String
  var damage = Damage.none

  var testDescription: String { "\(guest.name), \(image), \(damage)" }

  /// Calls `body` with the memory, where it can be read, and the machine if the image names it.
  func withMemory<Answer>(
    _ body: (any PhysicalMemory & Sendable, [RAMRange], ImageArchitecture.Machine?) throws -> Answer
  ) throws -> Answer {
    switch damage {
    case .none:
      let image = try openImage(guest, image)
      return try body(image, Self.readable(image), image.architecture?.machine)
    case .dropped(let permille):
      let image = try openImage(guest, image)
      let memory = DroppingMemory(image, permille: permille, seed: 1)
      return try body(memory, Self.readable(image, where: memory.keepsPage), image.architecture?.machine)
    case .half:
      let whole = try #require(guest.path(image))
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let half = folder.appending(path: "half").path(percentEncoded: false)
      try Self.copyFirstHalf(of: whole, to: half)
      let image = try MemoryImage.open(path: half, options: ImageOptions())
      return try body(image, Self.readable(image), image.architecture?.machine)
    }
  }

  /// Where an image has bytes.
  static func readable(_ image: MemoryImage) -> [RAMRange] {
    image.ranges.filter { $0.state == .present || $0.state == .zero }.map {
      RAMRange(first: $0.start, last: $0.last)
    }
  }

  /// The same, without the pages that `keeps` declines.
  static func readable(_ image: MemoryImage, where keeps: (UInt64) -> Bool) -> [RAMRange] {
    var kept: [RAMRange] = []
    for range in readable(image) {
      var address = range.first.rawValue
      while address <= range.last.rawValue {
        let last = min(address | 4095, range.last.rawValue)
        if keeps(address) {
          if let previous = kept.last, previous.last.rawValue &+ 1 == address {
            kept[kept.count - 1].last = PhysicalAddress(last)
          } else {
            kept.append(RAMRange(first: PhysicalAddress(address), last: PhysicalAddress(last)))
          }
        }
        guard last < .max else { break }
        address = last + 1
      }
    }
    return kept
  }

  /// Copies half a file, a megabyte at a time; zeros take no space.
  private static func copyFirstHalf(of path: String, to copy: String) throws {
    let source = try #require(FileHandle(forReadingAtPath: path))
    try #require(FileManager.default.createFile(atPath: copy, contents: nil))
    let target = try #require(FileHandle(forWritingAtPath: copy))
    defer {
      try? source.close()
      try? target.close()
    }
    let half = try source.seekToEnd() / 2
    try source.seek(toOffset: 0)
    try target.truncate(atOffset: half)
    var done: UInt64 = 0
    while done < half, let piece = try source.read(upToCount: Int(min(1 << 20, half - done))) {
      guard !piece.isEmpty else { break }
      if piece.contains(where: { $0 != 0 }) {
        try target.seek(toOffset: done)
        try target.write(contentsOf: piece)
      }
      done += UInt64(piece.count)
    }
  }
}
