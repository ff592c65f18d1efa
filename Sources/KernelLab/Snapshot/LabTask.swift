public import PageTables

/// A task of a stopped machine.
public struct LabTask: Sendable {
  /// One of its areas.
  public struct Area: Hashable, Sendable {
    public var start: UInt64
    /// Exclusive.
    public var end: UInt64
    public var flags: AreaFlags
    public var fileName: String?
    /// Where in the file, in bytes.
    public var fileOffset: UInt64
  }

  public var pid: Int
  public var command: String
  public var parent: Int
  /// Nil for a thread of the kernel.
  public var root: PageTableRoot?
  /// The user-mode root, with isolation.
  public var isolatedRoot: PageTableRoot?
  /// Tasks with the same number share their address space.
  public var spaceID: UInt32?
  public var areas: [Area]
  public var hasExited: Bool
  /// For a thread of the kernel that is on a CPU: the PID whose tables it runs on.
  public var borrows: Int?

  init(_ task: Task, in machine: borrowing Machine) {
    pid = task.pid
    command = task.command
    parent = task.parent
    root = task.space?.root
    isolatedRoot = task.space?.isolatedRoot
    spaceID = task.space?.id
    hasExited = task.hasExited
    let pageSizeBits = machine.pageSizeBits
    areas = (task.space?.areas ?? []).map { area in
      Area(
        start: area.start, end: area.end, flags: area.flags, fileName: area.file?.name,
        fileOffset: area.file == nil ? 0 : area.pageOffset &<< pageSizeBits)
    }
    if task.space == nil {
      for index in machine.cpus.indices where machine.cpus[index].task === task {
        let active = machine.cpus[index].activeSpace
        borrows = machine.tasks.values.filter { $0.space != nil && $0.space === active }.map(\.pid).min()
      }
    }
  }
}

/// A CPU of a stopped machine.
public struct LabCPU: Sendable {
  public var index: Int
  /// The root that is loaded.
  public var root: PageTableRoot
  public var tag: UInt16
  /// Who runs on it.
  public var pid: Int?
  /// What its TLB holds, by address.
  public var translations: [Translation]

  /// An entry of a TLB.
  public struct Translation: Hashable, Sendable {
    /// The page's first address.
    public var address: UInt64
    public var physical: UInt64
    public var sizeBits: UInt8
    /// The address space that it is for, unless it is global.
    public var tag: UInt16
    public var isGlobal: Bool
    /// As the walk left them, without *write* while the page is clean.
    public var access: Access
  }

  init(_ cpu: CPU) {
    index = cpu.index
    root = cpu.root
    tag = cpu.tag
    pid = cpu.task?.pid
    translations = cpu.tlb.entries.filter { $0.sizeBits != 0 }.map {
      Translation(
        address: $0.page << UInt64($0.sizeBits), physical: $0.physical, sizeBits: $0.sizeBits, tag: $0.tag,
        isGlobal: $0.isGlobal, access: Access(rawValue: $0.rights))
    }
    translations.sort { ($0.address, $0.tag) < ($1.address, $1.tag) }
  }
}
