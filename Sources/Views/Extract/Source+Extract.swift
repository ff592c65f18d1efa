import Foundation
import LinuxKernel
import MemoryImages

extension Source {
  /// Writes an ELF core with the page tables and what leads to them, and asks it the same questions again before
  /// it gets its name.
  ///
  /// - Parameters:
  ///   - path: the file; made only if the extract is good.
  ///   - replaces: whether a file of that name may be replaced.
  ///   - keepsNames: whether the kernel's symbols and types are kept.
  ///   - progress: told what is being done.
  public func extract(
    to path: String, replaces: Bool, keepsNames: Bool = true, progress: (String) -> Void = { _ in }
  ) throws(SourceError) -> ExtractReport {
    guard !isRunning else {
      throw SourceError(
        "\(name): the system is running, so an extract would be of many moments; take an image and extract from that"
      )
    }
    guard let image, let finder else {
      throw SourceError("\(name) is no memory image: there is nothing to extract")
    }
    let manager = FileManager.default
    guard replaces || !manager.fileExists(atPath: path) else {
      throw SourceError("\(path) exists; --force replaces it")
    }
    guard !image.paths.contains(where: { Self.isSameFile($0, path) }) else {
      throw SourceError("\(path) is the source itself")
    }
    let kernel = try findKernel()
    // Beside its place to be, so that it can be renamed.
    let draft = path + ".partial"
    var isDone = false
    defer { if !isDone { try? manager.removeItem(atPath: draft) } }
    do {
      progress("noting what is read")
      let extraction = try Extraction(
        of: kernel, search: finder.search, registers: image.registers, keepsNames: keepsNames)
      let core = extraction.core(
        machine: image.architecture?.machine, registers: image.registers, vmcoreinfo: image.vmcoreinfo)
      progress("writing")
      let size = try Self.write(extraction, core, to: draft)
      progress("asking the extract")
      let check = try ExtractionCheck(
        extraction, in: MemoryImage.open(path: draft), overrides: finder.search.overrides)
      guard check.differences.isEmpty else {
        throw SourceError(
          "\(path) is not written: the extract would answer differently than \(name): "
            + check.differences.prefix(3).joined(separator: "; ")
            + (check.differences.count > 3 ? "; and \(check.differences.count - 3) more" : ""))
      }
      if replaces, manager.fileExists(atPath: path) { try manager.removeItem(atPath: path) }
      try manager.moveItem(atPath: draft, toPath: path)
      isDone = true
      return ExtractReport(
        source: name, file: path, size: size, ram: extraction.ramByteCount,
        kept: extraction.counts.map { ExtractReport.Part(reason: $0.reason.rawValue, pages: $0.pageCount) },
        userPages: extraction.userPageCount, tasks: kernel.tasks.count,
        partial: extraction.gaps.isEmpty ? nil : extraction.gaps)
    } catch let error as SourceError {
      throw error
    } catch {
      throw SourceError("\(path): \(error)")
    }
  }

  /// Writes the file; its size is returned.
  private static func write(
    _ extraction: Extraction, _ core: ELFCore, to path: String
  ) throws(ImageError) -> UInt64 {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else {
      throw ImageError(.system, path: path, "cannot be made; is its folder there, and may you write in it?")
    }
    defer { try? file.close() }
    var size: UInt64 = 0
    try extraction.write(core, path: path) { bytes throws(ImageError) in
      do { try file.write(contentsOf: bytes) } catch {
        throw ImageError(.system, path: path, "cannot be written: \(error)")
      }
      size += UInt64(bytes.count)
    }
    return size
  }

  private static func isSameFile(_ first: String, _ second: String) -> Bool {
    func identity(_ path: String) -> [Int]? {
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false))
      guard let node = attributes?[.systemFileNumber] as? Int, let volume = attributes?[.systemNumber] as? Int
      else { return nil }
      return [volume, node]
    }
    return identity(first).map { $0 == identity(second) } ?? false
  }
}
