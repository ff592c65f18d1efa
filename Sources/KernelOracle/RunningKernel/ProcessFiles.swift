/// The files of `/proc` of one process, and what they said last.
final class ProcessFiles {
  /// At most so many pages of one process are looked at.
  static let pageLimit: UInt64 = 1 << 20

  let slot: Int
  private let maps: OpenFile
  private let status: OpenFile
  private let rollup: OpenFile?
  private let pagemap: OpenFile
  private(set) var state: ProcessState
  private var lastMaps: [UInt8] = []

  /// `rollup` is not opened where it is not read.
  init(slot: Int, process: Int32, counters: Conditions.CounterSource) throws(OracleError) {
    self.slot = slot
    let folder = "/proc/\(process)/"
    maps = try OpenFile(folder + "maps")
    status = try OpenFile(folder + "status")
    rollup = counters == .rollup ? try OpenFile(folder + "smaps_rollup") : nil
    pagemap = try OpenFile(folder + "pagemap")
    state = ProcessState(slot: slot, counters: .zero, areas: [], pages: [])
  }

  /// Looks at everything again.
  func look(with eyes: inout Eyes) throws(OracleError) {
    let count = try maps.readAll(into: &eyes.bytes)
    if count != lastMaps.count || !lastMaps.elementsEqual(eyes.bytes[..<count]) {
      lastMaps = Array(eyes.bytes[..<count])
      state.areas = try MapsText(path: maps.path, bytes: lastMaps, eyes: eyes).areas()
    }
    state.counters = try counters(&eyes)
    let pages = try pages(&eyes)
    if pages != state.pages { state.pages = pages }
  }

  private func counters(_ eyes: inout Eyes) throws(OracleError) -> Counters {
    let count = try status.readAll(into: &eyes.bytes)
    func value(_ name: StaticString, _ file: OpenFile, _ length: Int) throws(OracleError) -> UInt64 {
      guard let value = eyes.number(after: name, length) else {
        throw .unexpected(file: file.path, what: "no line '\(name)'")
      }
      return value
    }
    var counters = Counters(
      residentAnonymousKiB: try value("RssAnon:", status, count),
      residentFileKiB: try value("RssFile:", status, count) + value("RssShmem:", status, count),
      pageTablesKiB: try value("VmPTE:", status, count), totalKiB: try value("VmSize:", status, count),
      lockedKiB: try value("VmLck:", status, count), dataKiB: try value("VmData:", status, count))
    if let rollup {
      let count = try rollup.readAll(into: &eyes.bytes)
      let resident = try value("Rss:", rollup, count)
      counters.residentAnonymousKiB = try value("Anonymous:", rollup, count)
      guard resident >= counters.residentAnonymousKiB else {
        throw .unexpected(file: rollup.path, what: "more is anonymous than is resident")
      }
      counters.residentFileKiB = resident - counters.residentAnonymousKiB
    }
    return counters
  }

  /// The entries of all areas; neighbouring ones are read at once.
  private func pages(_ eyes: inout Eyes) throws(OracleError) -> [ObservedPage] {
    var pages: [ObservedPage] = []
    pages.reserveCapacity(state.pages.count + 16)
    var total: UInt64 = 0
    var index = 0
    while index < state.areas.count {
      var number = state.areas[index].start / eyes.pageSizeBytes
      var end = state.areas[index].end
      index += 1
      while index < state.areas.count, state.areas[index].start == end {
        end = state.areas[index].end
        index += 1
      }
      end /= eyes.pageSizeBytes
      total += end - number
      guard total <= Self.pageLimit else { throw .tooManyPages(slot: slot, pages: total) }
      while number < end {
        let count = Int(min(end - number, UInt64(eyes.words.count)))
        try pagemap.read(count, wordsAt: number, into: &eyes.words)
        for offset in 0..<count {
          let entry = eyes.words[offset] & eyes.entryMask
          if entry != 0 {
            pages.append(ObservedPage(number: number + UInt64(offset), entry: PageEntry(rawValue: entry)))
          }
        }
        number += UInt64(count)
      }
    }
    return pages
  }
}
