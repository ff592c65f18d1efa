import ArgumentParser
import MemoryImages
import PageTables
import Views

/// Where physical memory comes from.
struct SourceOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "lab (a small built-in machine), or a memory image: an ELF core, kdump, LiME, AVML or raw file.",
      valueName: "source"))
  var source = "lab"

  @Option(
    name: .long, help: ArgumentHelp("A further file of a split dump; may be repeated.", valueName: "file"))
  var also: [String] = []

  @Option(help: ArgumentHelp("Raw images: the physical address of the first byte.", valueName: "address"))
  var base: HexArgument?

  @Option(
    help: ArgumentHelp(
      "Raw images: the machine's /proc/iomem; its System RAM ranges lie in the file one after the other.",
      valueName: "file"))
  var ranges: String?

  @Flag(help: "Read the file as raw memory, whatever it looks like.")
  var raw = false

  /// Opens the source, with a progress bar where that takes long.
  func open() throws -> Source {
    var options = ImageOptions()
    options.baseAddress = base.map { PhysicalAddress($0.value) }
    if raw || base != nil { options.forcedKind = .raw }
    do throws(ImageError) {
      if let ranges { options.memoryMap = try MemoryMap(path: ranges) }
    } catch {
      throw SourceError(error.description)
    }
    let progress = ProgressLine("opening")
    defer { progress.finish() }
    options.progress = { done, total in
      if total > 0 { progress.update(Double(done) / Double(total)) }
    }
    return try SourceRequest(name: source, furtherFiles: also, imageOptions: options).open()
  }
}
