import KernelLab
import LinuxKernel
import PageTables

/// The lab's machine after some lines of a scenario, and what the last of them did.
struct LabStepPicture: Encodable {
  struct Action: Encodable {
    var line: Int
    var text: String
    var note: String?
  }

  /// An entry of a page table that changed.
  struct Change: Encodable {
    /// `kernel`, or the process whose table it is: `2 (worker)`.
    var process: String
    var level: String
    var index: UInt64
    var table: JSONAddress
    /// The first virtual address that the entry serves.
    var address: JSONAddress
    var entryAddress: JSONAddress
    var before: JSONAddress
    var after: JSONAddress
    /// `absent -> leaf`.
    var meaning: String
    /// Whether it is Linux's own word beside the hardware's (ARM).
    var linux: Bool?
  }

  struct Task: Encodable {
    var pid: Int
    var command: String
    var cpu: Int?
    var root: JSONAddress?
    var exited: Bool?
    /// For a kernel thread on a CPU: whose tables it runs on.
    var borrows: Int?
  }

  struct Translation: Encodable {
    var cpu: Int
    var page: JSONAddress
    /// Physical.
    var frame: JSONAddress
    var pageSize: UInt64
    var asid: UInt16?
    var global: Bool?
    var access: String
  }

  struct Failure: Encodable {
    var line: Int
    var column: Int
    var message: String
  }

  var session: String
  var step: Int
  var stepCount: Int
  var profile: String
  var format: String
  /// What the last line was; absent after boot.
  var action: Action?
  var results: [String]?
  /// What it stated, and whether that is so.
  var expectations: [ActionReport.Check]?
  var explanation: [String]
  var changes: [Change]
  /// How many are not listed.
  var changesLeftOut: Int?
  var frameChanges: [ChangeReport.Frames]
  /// All counters that are not zero.
  var counters: [String: UInt64]
  /// How much each has grown by the last line.
  var counted: [String: UInt64]
  var tasks: [Task]
  var tlb: [Translation]
  var compare: ComparePicture?
  var frames: FramesPicture?
  /// Statements checked so far, and those not met.
  var checks: UInt64
  var failures: UInt64
  /// Why the scenario cannot go on.
  var failure: Failure?

  static let changeLimit = 512
  static let translationLimit = 64

  init(
    session: String, step: Int, of scenario: Scenario, record: ActionRecord?, failure: ScenarioError?,
    checks: UInt64, failures: UInt64, image: LabImage
  ) {
    let format = image.profile.format
    let report = record.map { ActionReport($0) }
    self.session = session
    self.step = step
    stepCount = scenario.statements.count
    profile = image.profile.name
    self.format = "\(format.name)"
    action = step > 0 ? Action(scenario.statements[step - 1], note: record?.note) : nil
    results = report?.results
    expectations = report?.checks
    explanation = report?.explanation ?? []
    let entries = report?.changes?.entries ?? []
    changes = entries.prefix(Self.changeLimit).map { Change($0, format: format) }
    changesLeftOut = entries.count > Self.changeLimit ? entries.count - Self.changeLimit : nil
    frameChanges = Array((report?.changes?.frames ?? []).prefix(Self.changeLimit))
    counters = [:]
    for (name, path) in Counters.named where image.counters[keyPath: path] != 0 {
      counters[name] = image.counters[keyPath: path]
    }
    counted = report?.changes?.counters ?? [:]
    tasks = image.tasks.map { task in
      Task(
        pid: task.pid, command: task.command, cpu: image.cpus.first { $0.pid == task.pid }?.index,
        root: task.root.map { JSONAddress($0.lower.rawValue) }, exited: task.hasExited ? true : nil,
        borrows: task.borrows)
    }
    tlb = Array(
      image.cpus.flatMap { cpu in cpu.translations.map { Translation($0, cpu: cpu.index) } }
        .prefix(Self.translationLimit))
    self.checks = checks
    self.failures = failures
    self.failure = failure.map {
      Failure(line: $0.position.line, column: $0.position.column, message: $0.message)
    }
    let source = Source(image, name: "lab")
    let regions = source.told?.regions(in: source)
    compare = (try? ComparedProcesses(source)).map {
      ComparePicture($0, regions: regions, from: 0, count: ComparePicture.rowLimit)
    }
    let names = (0..<format.levelCount).map { "\(format.level($0).name)" }
    frames = (try? FrameCensus(source, search: nil)).map {
      FramesPicture($0, levelNames: names, range: nil, notes: $0.gaps)
    }
  }
}

extension LabStepPicture.Action {
  init(_ statement: Statement, note: String?) {
    self.init(line: statement.position.line, text: statement.text, note: note)
  }
}

extension LabStepPicture.Change {
  init(_ entry: ChangeReport.Entry, format: PagingFormat) {
    let depth = (0..<format.levelCount).first { "\(format.level($0).name)" == entry.level } ?? 0
    let level = format.level(depth)
    process = entry.owner
    self.level = entry.level
    index = entry.index
    table = JSONAddress(entry.entryAddress.value &- entry.index &* UInt64(level.entryByteCount))
    address = entry.address
    entryAddress = entry.entryAddress
    before = entry.old
    after = entry.new
    linux = entry.isLinux ? true : nil
    func word(_ value: UInt64) -> String {
      if entry.isLinux { return value == 0 ? "absent" : "Linux's entry" }
      return switch level.rule(for: value).rule.kind {
      case .absent: format.notPresentState(of: value).kind == .none ? "absent" : "not present"
      case .table: "table"
      case .leaf: "leaf"
      case .invalid: "invalid"
      }
    }
    meaning = "\(word(before.value)) -> \(word(after.value))"
  }
}

extension LabStepPicture.Translation {
  init(_ entry: LabCPU.Translation, cpu: Int) {
    self.cpu = cpu
    page = JSONAddress(entry.address)
    frame = JSONAddress(entry.physical)
    pageSize = 1 << UInt64(entry.sizeBits)
    asid = entry.isGlobal ? nil : entry.tag
    global = entry.isGlobal ? true : nil
    access = entry.access.letters
  }
}
