public import ArgumentParser
import LinuxKernel
import MemoryImages
import PageTables
public import Views

/// Where physical memory comes from.
public struct SourceOptions: ParsableArguments {
  public init() {}

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "lab (a simulated ARM machine), lab:PROFILE or lab:FILE.lab (`pagewalk lab`), live (the running system, as root; live:device, live:kcore, live:bpf, live:pagemap for one way of reading it), qemu:SOCKET (a virtual machine, by QEMU's -qmp socket), or a memory image: an ELF core, kdump, LiME, AVML or raw file.",
      valueName: "source"))
  public var source = "lab"

  @Option(
    name: .long, help: ArgumentHelp("A further file of a split dump; may be repeated.", valueName: "file"))
  public var also: [String] = []

  @Option(help: ArgumentHelp("Raw images: the physical address of the first byte.", valueName: "address"))
  public var base: HexArgument?

  @Option(
    help: ArgumentHelp(
      "Raw images: the machine's /proc/iomem; its System RAM ranges lie in the file one after the other.",
      valueName: "file"))
  public var ranges: String?

  @Flag(help: "Read the file as raw memory, whatever it looks like.")
  public var raw = false

  @Option(
    help: ArgumentHelp(
      "Where a member of a kernel structure lies, such as task_struct.mm=0x8e8; may be repeated.",
      valueName: "member=offset"))
  public var offset: [OffsetArgument] = []

  @Option(
    help: ArgumentHelp(
      "The kernel's symbols: its System.map, instead of kallsyms in memory.", valueName: "file"))
  public var symbols: String?

  @Option(
    help: ArgumentHelp(
      "How far the kernel was moved (KASLR): added to System.map's addresses.", valueName: "offset"))
  public var kernelOffset: HexArgument?

  @Option(
    help: ArgumentHelp(
      "The kernel's types: BTF, raw or in an ELF file, instead of memory's.", valueName: "file"))
  public var btf: String?

  @Option(
    help: ArgumentHelp("Physical address of the kernel page table (swapper_pg_dir).", valueName: "address"))
  public var master: HexArgument?

  @Option(
    help: ArgumentHelp(
      "Paging format, where it is not found out; `pagewalk formats` lists them.", valueName: "name"))
  public var paging: String?

  @Option(help: ArgumentHelp("Bits of a virtual address, for AArch64 (36 to 52).", valueName: "bits"))
  public var vaBits: Int?

  @Option(
    help: ArgumentHelp(
      "Memory images: keep in this file where in RAM the kernel was seen, so that it is found at once the next time. Made if it is not there; refused if it is of another image.",
      valueName: "file"))
  public var cache: String?

  @Flag(help: "Virtual machines: stop it while the command runs; it goes on afterwards, whatever happens.")
  public var pause = false

  /// Opens the source, with a progress bar where that takes long.
  ///
  /// - Parameter searchProgress: told how far the search for the kernel is, in place of a bar.
  public func open(searchProgress: (@Sendable (Double) -> Void)? = nil) throws -> Source {
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
    var request = SourceRequest(name: source, furtherFiles: also, imageOptions: options)
    request.pauses = pause
    request.cache = cache
    request.warning = { StandardError.write("pagewalk: \($0)\n") }
    for offset in offset { request.overrides.offsets[offset.member] = offset.offset }
    request.overrides.paging = paging
    request.overrides.virtualAddressBits = vaBits
    request.overrides.kernelOffset = kernelOffset?.value
    request.overrides.master = master.map { PhysicalAddress($0.value) }
    do throws(EvidenceError) {
      request.overrides.systemMap = try symbols.map { path throws(EvidenceError) in
        try SymbolTable(systemMapAt: path)
      }
      request.overrides.types = try btf.map { path throws(EvidenceError) in try TypeInformation(path: path) }
    } catch {
      throw SourceError("\(error)")
    }
    let search = ProgressLine("looking for the kernel")
    request.searchProgress =
      searchProgress ?? { share in
        search.update(share)
        if share >= 1 { search.finish() }
      }
    return try request.open()
  }
}

/// `STRUCTURE.MEMBER=OFFSET`, the offset in bytes, decimal or with 0x.
public struct OffsetArgument: ExpressibleByArgument {
  public let member: String
  public let offset: Int

  public init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].contains("."), !parts[0].hasSuffix("."), !parts[0].hasPrefix(".") else {
      return nil
    }
    let digits = parts[1]
    let value = digits.hasPrefix("0x") ? Int(digits.dropFirst(2), radix: 16) : Int(digits)
    guard let value, (0...1 << 20).contains(value) else { return nil }
    member = String(parts[0])
    offset = value
  }
}
