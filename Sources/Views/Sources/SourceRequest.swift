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
