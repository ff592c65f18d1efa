public import MemoryImages
import PageTables

extension Workload {
  /// Counting every leaf through the sources of `MemoryImages`, beside plain memory.
  public static func sources(_ name: String, _ image: SyntheticImage) -> [Workload] {
    guard let one = image.mapped(segments: 1), let many = image.mapped(segments: 16) else { return [] }
    let units = enumeration(name, image)[0].unitCount
    func workload(_ source: String, _ memory: some PhysicalMemory & Sendable) -> Workload {
      Workload("sources \(name)", source, unit: "leaves", count: units) { [roots = image.roots] in
        roots.reduce(0) { $0 &+ enumerate(PagingFormat.x86_64, root: $1, in: memory) }
      }
    }
    return [
      workload("plain memory", image.memory), workload("raw image, 1 segment", one),
      workload("raw image, 16 segments", many),
    ]
  }

  /// Translating addresses through the sources of `MemoryImages`. One by one, a processor overlaps as many
  /// walks as fit its window, so what a source adds to each costs more than its own time.
  public static func sourceTranslation(_ name: String, _ image: SyntheticImage) -> [Workload] {
    guard let one = image.mapped(segments: 1), let many = image.mapped(segments: 16) else { return [] }
    let requests = Request.all(of: image)
    func workload(_ source: String, _ memory: some PhysicalMemory & Sendable) -> Workload {
      Workload(
        "translate through sources \(name)", source, unit: "addresses",
        count: requests.map(\.count).reduce(0, +)
      ) {
        requests.reduce(0) { $0 &+ $1.translateEach(X86_64FourLevel(), in: memory) }
      }
    }
    return [
      workload("plain memory", image.memory), workload("raw image, 1 segment", one),
      workload("raw image, 16 segments", many),
      Workload(
        "translate through sources \(name)", "raw image, 16 segments, 64 at a time", unit: "addresses",
        count: requests.map(\.count).reduce(0, +)
      ) {
        requests.reduce(0) { $0 &+ $1.translateBatch(X86_64FourLevel(), in: many) }
      },
    ]
  }

  /// Opening a raw image of 4 GiB: it is mapped, not read.
  public static func opening(_ image: SyntheticImage) -> [Workload] {
    [
      Workload("open", "raw image of 4 GiB, 16 segments", unit: "images", count: 1) {
        image.mapped(segments: 16) == nil ? 0 : 1
      }
    ]
  }
}

extension SyntheticImage {
  /// The image as a raw file of which a memory map names so many pieces as RAM.
  func mapped(segments: UInt64) -> MappedMemory? {
    guard case .mapped(let memory)? = mappedImage(segments: segments)?.storage else { return nil }
    return memory
  }

  /// The same, with what else an opened file tells.
  public func mappedImage(segments: UInt64) -> MemoryImage? {
    ImageWriter.image(at: path, segments: segments)
  }
}

extension ImageWriter {
  /// The file behind the memory, by a name that can be opened.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// The file as a raw image of which a memory map names so many pieces as RAM.
  static func image(at path: String, segments: UInt64) -> MemoryImage? {
    var options = ImageOptions()
    let length = ImageWriter.byteCount / segments
    let lines = (0..<segments).map {
      // The last page of each piece is left out: without a gap the pieces would be joined.
      "\(String($0 * length, radix: 16))-\(String(($0 + 1) * length - 4097, radix: 16)) : System RAM"
    }
    do throws(ImageError) {
      options.memoryMap = try MemoryMap(text: lines.joined(separator: "\n"), named: "synthetic")
      options.forcedKind = .raw
      return try MemoryImage.open(path: path, options: options)
    } catch {
      print("cannot open the image: \(error)")
      return nil
    }
  }
}
