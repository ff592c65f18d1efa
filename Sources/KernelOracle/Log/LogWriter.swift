/// Writes observations as text, of which each line is one item, and only what has changed is said.
///
/// The first line names the format; ``Conditions`` follow. A line `program` begins a program, a line
/// `operation` every further observation:
///
/// | line | what |
/// |---|---|
/// | `operation OPERATION` | what was done (``MemoryOperation/text``) |
/// | `result VALUE MINOR MAJOR [SIGNAL ...]` | ``Outcome``; an error is `-` and its decimal number |
/// | `counters SLOT ANONYMOUS FILE TABLES TOTAL LOCKED DATA` | a process' counters, decimal, in KiB |
/// | `area SLOT START END rwxp OFFSET OBJECT` | a new area, or one that is not as it was |
/// | `gone SLOT START` | no area begins here any more |
/// | `pages SLOT NUMBER:ENTRY ...` | pages that are not as they were; `0` for no entry |
/// | `ended SLOT` | the process is no more |
/// | `unseen` | nobody looked at the processes |
///
/// Numbers are hexadecimal without prefix, but slots, counters and counts of faults decimal.
public struct LogWriter: Sendable {
  /// What has been written and not taken yet.
  public private(set) var text: String
  private var last: [ProcessState] = []

  static let magic = "pagewalk-kernel-log 1"
  /// At most so many pages a line.
  static let pagesPerLine = 64

  public init(_ conditions: Conditions) {
    text = Self.magic + "\n" + conditions.text
  }

  /// Adds an observation; one without a step begins a program.
  public mutating func append(_ observation: Observation) {
    if let step = observation.step {
      text += "operation \(step.operation.text)\n"
      text += "result \(step.outcome.text)\n"
    } else {
      text += "program\n"
      last = []
    }
    guard let processes = observation.processes else {
      text += "unseen\n"
      return
    }
    for gone in last where !processes.contains(where: { $0.slot == gone.slot }) {
      text += "ended \(gone.slot)\n"
    }
    for process in processes {
      append(process, since: last.first { $0.slot == process.slot })
    }
    last = processes
  }

  /// What has been written since the last call.
  public mutating func take() -> String {
    defer { text = "" }
    return text
  }

  private mutating func append(_ process: ProcessState, since old: ProcessState?) {
    let slot = process.slot
    if process.counters != old?.counters { text += "counters \(slot) \(process.counters.text)\n" }
    let oldAreas = old?.areas ?? []
    if process.areas != oldAreas {
      Self.differences(oldAreas, process.areas, by: \.start) { gone, new in
        text += new.map { "area \(slot) \($0.text)\n" } ?? "gone \(slot) \(gone!.start.hexadecimal)\n"
      }
    }
    let oldPages = old?.pages ?? []
    if process.pages != oldPages {
      var count = 0
      Self.differences(oldPages, process.pages, by: \.number) { gone, new in
        text += count % Self.pagesPerLine == 0 ? (count == 0 ? "" : "\n") + "pages \(slot)" : ""
        count += 1
        text += " \((new ?? gone!).number.hexadecimal):\(new?.entry.rawValue.hexadecimal ?? "0")"
      }
      text += "\n"
    }
  }

  /// Goes through two lists in order: what only the first has, what the second has new or otherwise.
  private static func differences<Item: Equatable>(
    _ old: [Item], _ new: [Item], by key: KeyPath<Item, UInt64>, tell: (_ gone: Item?, _ new: Item?) -> Void
  ) {
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if j == new.count || (i < old.count && old[i][keyPath: key] < new[j][keyPath: key]) {
        tell(old[i], nil)
        i += 1
      } else if i == old.count || new[j][keyPath: key] < old[i][keyPath: key] {
        tell(nil, new[j])
        j += 1
      } else {
        if old[i] != new[j] { tell(old[i], new[j]) }
        i += 1
        j += 1
      }
    }
  }
}
