import ArgumentParser
import CommandOptions
import LinuxKernel
import Views

struct KernelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Show the kernel's page table by named region.",
    discussion: """
      Every region says how its name is known. In images the areas of vmalloc say who \
      asked for them, and modules have their names.

      Examples:
        pagewalk kernel
        pagewalk kernel -s dump.elf
        pagewalk kernel -s dump.elf --layout --evidence
        pagewalk kernel -s ram.raw --root 41853000 --paging aarch64-4k --search
        pagewalk kernel --pages --format json
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Only the layout, without modules and the areas of vmalloc.")
  var layout = false

  @Flag(help: "Show the ranges of pages in each region, too.")
  var pages = false

  @Flag(help: "Show what was seen that names each region, and not only by which method.")
  var evidence = false

  @Flag(help: "Look through all RAM for vmalloc's records, where no symbol leads to them.")
  var search = false

  func run() throws {
    let source = try source.open()
    let space = try space.request(process: space.nameSpace ? nil : "kernel", of: self.source).resolve(
      in: source)
    var map = regions(of: space, in: source)
    let options = KernelView.Options(showsOnlyLayout: layout, showsPages: pages, showsEvidence: evidence)
    var view = KernelView(map, format: space.format, options: options)
    if source.isRunning {
      let earlier = view
      map = regions(of: space, in: source)
      view = KernelView(map, format: space.format, options: options)
      let count = view.markChanges(since: earlier)
      if count > 0 {
        StandardError.write(
          "pagewalk: partial: the system is running: \(count) rows changed while they were read, and are marked\n"
        )
      }
    }
    switch output.format {
    case .json: for report in view.reports { print(report.jsonLine) }
    case .csv:
      print(RegionReport.csvHeader)
      for report in view.reports { print(report.csv) }
    case .text:
      for line in view.text { print(line) }
    }
    // What is partial must be said; what was not found, to those who ask how things were found.
    for note in map.notes where evidence || note.hasPrefix("partial: ") {
      StandardError.write("pagewalk: \(note)\n")
    }
    if view.mappedBytes == 0 { throw ExitCode(1) }
  }

  /// The regions. Of a system that runs, a reading that met a table which could not be read is done again.
  private func regions(of space: AddressSpace, in source: Source) -> KernelRegionMap {
    var map = source.regions(of: space, searchesRAM: search)
    var count = 1
    while source.isRunning, !map.isComplete, count < 3 {
      map = source.regions(of: space, searchesRAM: search)
      count += 1
    }
    return map
  }
}
