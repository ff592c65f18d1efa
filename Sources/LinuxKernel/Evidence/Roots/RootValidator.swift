public import PageTables

/// Judges whether there is a root table of Linux at an address, from page tables alone.
///
/// The table's own entries must fit the format, and so must what is below: for a process some page that its
/// user may reach, for the kernel's half a stretch of RAM mapped at one distance. A page of anything else
/// fails. Reading is bounded: the root, and at most a few thousand tables below it.
public struct RootValidator: Sendable {
  public let shapes: [RootShape]
  public let memory: KernelMemory
  /// How much RAM must be mapped at one distance for a kernel's half to be one: 16 MiB, or a quarter of RAM
  /// where there is less than 64 MiB.
  public let wantedDirectMapBytes: UInt64

  /// A validator for roots of `format`; nil if roots of that format are not known.
  public init?(_ format: PagingFormat, in memory: KernelMemory) {
    let shapes = RootShape.shapes(of: format)
    guard !shapes.isEmpty else { return nil }
    self.init(shapes, in: memory)
  }

  init(_ shapes: [RootShape], in memory: KernelMemory) {
    self.shapes = shapes
    self.memory = memory
    let ram = memory.ram.reduce(UInt64(0)) { $0 &+ ($1.last.rawValue &- $1.first.rawValue) &+ 1 }
    wantedDirectMapBytes = min(16 << 20, ram / 4)
  }

  /// What the table at `root` is, or nil if no root of the format can be there.
  ///
  /// - Parameters:
  ///   - root: a physical address, any value.
  ///   - directMapOffset: virtual minus physical address of the direct map, modulo the word, if it is known.
  ///     The kernel's half must then map RAM at that distance.
  public func judge(_ root: PhysicalAddress, directMapOffset: UInt64? = nil) -> RootJudgement? {
    var cost = 0
    for shape in shapes {
      if let judgement = judge(root, shape: shape, directMapOffset: directMapOffset, cost: &cost) {
        return judgement
      }
    }
    return shapes.lazy.compactMap { userCopy(root, shape: $0, directMapOffset: directMapOffset) }.first
  }

  /// The same for one shape; `cost` grows by the number of tables that were read.
  func judge(
    _ root: PhysicalAddress, shape: RootShape, directMapOffset: UInt64?, cost: inout Int
  ) -> RootJudgement? {
    cost += 1
    guard let table = RootTable(root, shape: shape, in: memory) else { return nil }
    // A process's root without a kernel half says little by itself, and so does any of few entries; the kernel's
    // is in its image, where a page begins.
    if shape.role == .lower || shape.role == .upper && shape.tableByteCount < RootShape.telling {
      guard shape.role != .upper || root.rawValue & 0xfff == 0, table.leadsToTables(shape, in: memory) else {
        return nil
      }
    }
    var judgement = RootJudgement(
      kind: .unused, shape: shape, root: root, kernelRoot: nil, userPageCount: 0,
      kernelEntryCount: table.count(in: shape.indices(of: shape.kernel)), directMap: nil, textDistance: nil,
      unreadableTableCount: 0, evidence: [])
    // The kernel's half first, and no more of it than is needed: there the least memory passes.
    guard judgeKernel(directMapOffset: directMapOffset, &judgement, &cost),
      judgeUser(table, &judgement, &cost)
    else { return nil }
    if judgement.kind != .process, let kernel = shape.kernel {
      var survey = HalfSurvey(shape, memory: memory)
      survey.survey(kernel, below: root, shape: shape)
      cost += survey.tableCount
      guard survey.invalidEntryCount == 0 else { return nil }
      judgeMaster(survey, &judgement)
    }
    if judgement.unreadableTableCount > 0 {
      judgement.say("\(judgement.unreadableTableCount) tables below it could not be read")
    }
    return judgement
  }

  // MARK: The users' half

  /// Finds the kind as far as the users' half tells it. False if no such half can be Linux's.
  private func judgeUser(
    _ table: RootTable, _ judgement: inout RootJudgement, _ cost: inout Int
  ) -> Bool {
    let shape = judgement.shape
    guard let user = shape.user else { return true }
    var survey = HalfSurvey(shape, memory: memory)
    survey.lastTablesPerTable = 64
    survey.tableLimit = 512
    survey.enoughUserPages = 64
    survey.keepsOffsets = false
    survey.survey(user, below: judgement.root, shape: shape)
    cost += survey.tableCount
    judgement.userPageCount = survey.userPageCount
    judgement.unreadableTableCount += survey.unreadableTableCount
    // The kernel never writes an entry that the processor would not take.
    guard survey.invalidEntryCount == 0 else { return false }
    let used = table.count(in: shape.indices(of: user))
    if survey.supervisorPageCount > survey.userPageCount / 10 {
      judgement.kind = .identityMap
      judgement.say("\(survey.supervisorPageCount) pages of the user half are closed to users")
      return shape.role == .whole
    }
    if survey.userPagesInRAM >= shape.minimumUserPages {
      judgement.kind = .process
      let count = survey.userPageCount >= survey.enoughUserPages ? "at least " : ""
      judgement.say("\(count)\(survey.userPageCount) pages are open to users, in \(used) entries of the root")
      return true
    }
    // A half of its own says nothing without a page.
    guard shape.role == .whole, survey.userPageCount == 0 else { return false }
    judgement.kind = used > 0 ? .noUserPages : .unused
    judgement.say(
      used > 0 ? "\(used) entries for users, and no page below them" : "nothing in the user half")
    return true
  }

  // MARK: The kernel's half

  private func judgeKernel(
    directMapOffset: UInt64?, _ judgement: inout RootJudgement, _ cost: inout Int
  ) -> Bool {
    let shape = judgement.shape
    guard let kernel = shape.kernel else { return true }
    var survey = HalfSurvey(shape, memory: memory)
    survey.lastTablesPerTable = 16
    survey.tableLimit = 4096
    survey.fruitlessTableLimit = 64
    survey.enoughBytes = wantedDirectMapBytes
    survey.wantedOffset = directMapOffset
    // The vectors, the vsyscall page: a handful. A user half mistaken for the kernel's has many.
    survey.tooManyUserPages = 16
    survey.survey(kernel, below: judgement.root, shape: shape)
    cost += survey.tableCount
    judgement.unreadableTableCount += survey.unreadableTableCount
    guard survey.invalidEntryCount == 0, let commonest = survey.commonest else { return false }
    guard survey.userPageCount <= survey.tooManyUserPages else { return false }
    let offset = directMapOffset ?? commonest.offset
    guard let mapping = survey.offsets[offset], mapping.byteCount >= wantedDirectMapBytes else {
      return false
    }
    if let first = shape.directMapFirst {
      // It begins with the first RAM there is.
      let ram = memory.ram.first?.first.rawValue ?? 0
      guard mapping.firstVirtual >= first, mapping.firstVirtual - first < 16 << 20,
        mapping.firstPhysical >= ram & ~0xfff, mapping.firstPhysical &- ram < 16 << 20
      else { return false }
    }
    judgement.directMap = .init(offset: offset, byteCount: mapping.byteCount)
    judgement.say(
      "at least \(mapping.byteCount >> 10) KiB of RAM mapped 0x"
        + "\(String(offset, radix: 16)) above their physical addresses")
    return true
  }

  /// The kernel's own table lies in its image; tables of processes are allocated, and never do.
  private func judgeMaster(_ survey: HalfSurvey, _ judgement: inout RootJudgement) {
    guard let image = survey.image, let commonest = survey.commonest else { return }
    judgement.directMap = .init(offset: commonest.offset, byteCount: commonest.mapping.byteCount)
    let root = judgement.root.rawValue
    let mapping = image.mapping
    let hasOwnMapping = image.offset != commonest.offset
    // On the 64-bit architectures it has one: if it was not seen, too much is missing.
    guard hasOwnMapping || judgement.shape.directMapFirst != nil else { return }
    // Where the image has a mapping of its own that mapping says how far it goes; else the text is near.
    let first = hasOwnMapping ? mapping.firstPhysical : mapping.textFirst
    let last = hasOwnMapping ? mapping.lastPhysical : mapping.textFirst &+ (mapping.textByteCount - 1)
    judgement.textDistance = root < first ? first - root : root > last ? root - last : 0
    let reach: UInt64 = hasOwnMapping ? 0 : 64 << 20
    let isEmpty = judgement.kind == .unused || judgement.kind == .noUserPages
    guard isEmpty, let distance = judgement.textDistance, distance <= reach else { return }
    judgement.kind = .master
    judgement.say(
      hasOwnMapping
        ? "the table lies in the kernel's image"
        : "the table lies \(distance >> 10) KiB from the kernel's text")
  }

  // MARK: Page-table isolation

  /// The users' copy of a root: right behind a process's root, naming the same tables of the user half.
  func userCopy(_ root: PhysicalAddress, shape: RootShape, directMapOffset: UInt64?) -> RootJudgement? {
    var cost = 0
    guard let offset = shape.userCopyOffset, root.rawValue & offset != 0 else { return nil }
    let kernelRoot = PhysicalAddress(root.rawValue - offset)
    guard let kernel = RootTable(kernelRoot, shape: shape, in: memory),
      isUserCopy(root, of: kernel, at: kernelRoot, shape: shape),
      var judgement = judge(kernelRoot, shape: shape, directMapOffset: directMapOffset, cost: &cost),
      judgement.kind == .process
    else { return nil }
    judgement.kind = .userCopy
    judgement.root = root
    judgement.kernelRoot = kernelRoot
    judgement.say(
      "names the same tables as the kernel's root \(offset) bytes before it, and less of the kernel")
    return judgement
  }

  /// Whether the table at `root` has the user half of `kernel`, and not all of its kernel half.
  func isUserCopy(
    _ root: PhysicalAddress, of kernel: RootTable, at kernelRoot: PhysicalAddress, shape: RootShape
  ) -> Bool {
    guard let copy = RootTable(root, shape: shape, in: memory) else { return false }
    let user = shape.indices(of: shape.user)
    let tables = copy.tables(in: user)
    guard !tables.isEmpty, tables == kernel.tables(in: user) else { return false }
    let part = shape.indices(of: shape.kernel)
    return copy.count(in: part) <= kernel.count(in: part) && copy.entries[part] != kernel.entries[part]
  }
}

extension RootJudgement {
  mutating func say(_ sentence: String) { evidence.append(Evidence(.pageTables, sentence)) }
}
