public import LinuxKernel
public import MemoryImages

/// What the user asked to be opened.
public struct SourceRequest: Sendable {
  /// `lab`, `lab:PROFILE`, `lab:FILE.lab`, `live`, `live:RUNG`, or a file's path.
  public var name: String
  /// Further files of a split dump.
  public var furtherFiles: [String]
  public var imageOptions: ImageOptions
  /// What the user says about the kernel in the image.
  public var overrides = KernelOverrides()
  /// Told while all RAM is searched for the kernel: the share that is done, from any thread.
  public var searchProgress: (@Sendable (Double) -> Void)?

  public init(name: String, furtherFiles: [String] = [], imageOptions: ImageOptions = ImageOptions()) {
    self.name = name
    self.furtherFiles = furtherFiles
    self.imageOptions = imageOptions
  }

  /// Opens the source.
  public func open() throws(SourceError) -> Source {
    if name == "lab" { return try .lab() }
    if name.hasPrefix("lab:") { return try .lab(name) }
    if name == "live" || name.hasPrefix("live:") { return try .live(self) }
    if name.hasPrefix("qemu:") {
      throw SourceError(
        "\(name): running systems cannot be read yet; take an image (QEMU: dump-guest-memory FILE) and name it"
      )
    }
    var options = imageOptions
    options.furtherFiles = furtherFiles
    do throws(ImageError) {
      let image = try MemoryImage.open(path: name, options: options)
      var source = Source(name: name, memory: image, image: image)
      source.finder = KernelFinder(
        KernelMemory(image),
        search: KernelSearch(
          machine: image.architecture?.machine, vmcoreinfo: image.vmcoreinfo, overrides: overrides,
          progress: searchProgress))
      return source
    } catch {
      throw SourceError(error.description)
    }
  }
}
