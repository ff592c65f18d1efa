public import LinuxKernel
public import MemoryImages

/// What the user asked to be opened.
public struct SourceRequest: Sendable {
  /// `lab`, `lab:PROFILE`, `lab:FILE.lab`, `live`, `live:RUNG`, `qemu:SOCKET`, or a file's path.
  public var name: String
  /// Further files of a split dump.
  public var furtherFiles: [String]
  public var imageOptions: ImageOptions
  /// What the user says about the kernel in the image.
  public var overrides = KernelOverrides()
  /// The file in which what a pass over the image's RAM saw is kept.
  public var cache: String?
  /// Told what could not be kept, and why.
  public var warning: (@Sendable (String) -> Void)?
  /// Whether a virtual machine is stopped for as long as the process lives.
  public var pauses = false
  /// Told while all RAM is searched for the kernel: the share that is done, from any thread.
  public var searchProgress: (@Sendable (Double) -> Void)?

  public init(name: String, furtherFiles: [String] = [], imageOptions: ImageOptions = ImageOptions()) {
    self.name = name
    self.furtherFiles = furtherFiles
    self.imageOptions = imageOptions
  }

  /// Opens the source.
  public func open() throws(SourceError) -> Source {
    if cache != nil, name == "lab" || ["lab:", "live", "qemu:"].contains(where: name.hasPrefix) {
      throw SourceError("--cache is for memory images: what \(name) shows changes")
    }
    if name == "lab" { return try .lab() }
    if name.hasPrefix("lab:") { return try .lab(name) }
    if name == "live" || name.hasPrefix("live:") { return try .live(self) }
    if name.hasPrefix("qemu:") {
      return try .virtualMachine(name, pauses: pauses) { machine in
        KernelSearch(machine: machine, overrides: overrides, progress: searchProgress)
      }
    }
    var options = imageOptions
    options.furtherFiles = furtherFiles
    do {
      let image = try MemoryImage.open(path: name, options: options)
      var source = Source(name: name, memory: image, image: image)
      var search = KernelSearch(
        machine: image.architecture?.machine, vmcoreinfo: image.vmcoreinfo, overrides: overrides,
        progress: searchProgress)
      try useCache(for: image, in: &search)
      source.finder = KernelFinder(KernelMemory(image), search: search)
      return source
    } catch let error as ImageError {
      throw SourceError(error.description)
    } catch let error as SourceError {
      throw error
    } catch {
      throw SourceError("\(error)")
    }
  }

  private func useCache(for image: MemoryImage, in search: inout KernelSearch) throws(SourceError) {
    guard let cache else { return }
    let kept = ScanCache(path: cache, image: try ScanCache.Image(image, paths: [name] + furtherFiles))
    search.seen = try kept.load()
    let warning = warning
    search.keep = { scan in
      if let reason = kept.store(scan) { warning?(reason) }
    }
  }
}
