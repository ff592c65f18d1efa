/// Where a kernel has the fields of its structures: byte offsets, as no two configurations have them alike.
///
/// The fields are those of Linux 4.14 to 6.0, whose areas are a list and a red-black tree (maple trees came
/// with 6.1). The order of fields within a structure is Linux's; the gaps between them are free.
public struct KernelLayout: Hashable, Sendable {
  /// `task_struct` (include/linux/sched.h). A `list_head` has two words, next and previous.
  public struct TaskFields: Hashable, Sendable {
    public var stack = 0
    /// `unsigned int flags`: `PF_KTHREAD` and the like.
    public var flags = 0
    /// `list_head tasks`: all processes.
    public var tasks = 0
    public var memory = 0
    public var activeMemory = 0
    /// `int exit_state`.
    public var exitState = 0
    public var pid = 0
    public var tgid = 0
    public var realParent = 0
    public var parent = 0
    public var children = 0
    public var sibling = 0
    public var groupLeader = 0
    /// `list_head thread_group`: the threads of a process.
    public var threadGroup = 0
    /// `list_head thread_node`: the same, in a list whose head is in the `signal_struct`.
    public var threadNode = 0
    /// `char comm[16]`.
    public var command = 0
    public var signal = 0
    public var byteCount = 0
  }

  /// `mm_struct` (include/linux/mm_types.h).
  public struct MemoryFields: Hashable, Sendable {
    /// The first area.
    public var areas = 0
    public var areaTree = 0
    public var pgd = 0
    public var areaCount = 0
    /// `list_head mmlist`.
    public var list = 0
    public var owner = 0
    public var byteCount = 0
  }

  /// `vm_area_struct` (include/linux/mm_types.h).
  public struct AreaFields: Hashable, Sendable {
    public var start = 0
    public var end = 0
    public var next = 0
    public var previous = 0
    /// `rb_node`: parent and colour, right, left.
    public var node = 0
    public var memory = 0
    public var pageProtection = 0
    public var flags = 0
    public var pageOffset = 0
    public var file = 0
    public var byteCount = 0
  }

  /// `file` and `dentry` (include/linux/fs.h, dcache.h).
  public struct FileFields: Hashable, Sendable {
    /// `struct path f_path`: the mount, then the dentry.
    public var path = 0
    public var byteCount = 0
    /// `hlist_bl_node d_hash`: next, and the pointer to what points here; null for one that is deleted.
    public var entryHash = 0
    public var entryParent = 0
    /// `struct qstr d_name`: hash and length (32 bits each), then the pointer to the name.
    public var entryName = 0
    public var entryInode = 0
    /// `unsigned char d_iname[]`: short names.
    public var entryInlineName = 0
    /// How many bytes `d_iname` has.
    public var entryInlineCount = 0
    public var entryByteCount = 0
  }

  /// 4 or 8.
  public var wordByteCount: Int
  /// How many bytes `pgprot_t` has: a word, or 8 with 32-bit words and 64-bit entries.
  public var protectionByteCount: Int
  public var task = TaskFields()
  public var memory = MemoryFields()
  public var area = AreaFields()
  public var file = FileFields()
  /// `list_head thread_head` in `signal_struct`.
  public var threadHead = 0
  public var signalByteCount = 0

  /// A layout with gaps of random sizes.
  ///
  /// - Parameters:
  ///   - gapLimit: the most words between two fields; 0 for none. Before the fields of a task there may be
  ///     sixteen times as many, as in Linux.
  public init(
    wordByteCount: Int, protectionByteCount: Int? = nil, gapLimit: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    self.wordByteCount = wordByteCount
    self.protectionByteCount = protectionByteCount ?? wordByteCount
    placeTask(gapLimit, &generator)
    placeMemory(gapLimit, &generator)
    placeArea(gapLimit, &generator)
    placeFile(gapLimit, &generator)
    var fields = FieldPlacer(wordByteCount: wordByteCount)
    fields.skip(upTo: gapLimit, using: &generator)
    threadHead = fields.place(words: 2)
    signalByteCount = fields.byteCount
  }

  private mutating func placeTask(_ gapLimit: Int, _ generator: inout some RandomNumberGenerator) {
    var fields = FieldPlacer(wordByteCount: wordByteCount)
    fields.skip(upTo: 3, using: &generator)
    task.stack = fields.place(words: 1)
    // A reference count stands before the flags.
    _ = fields.place(bytes: 4)
    task.flags = fields.place(bytes: 4)
    fields.skip(upTo: gapLimit * 16, using: &generator)
    task.tasks = fields.place(words: 2)
    fields.skip(upTo: gapLimit, using: &generator)
    task.memory = fields.place(words: 1)
    task.activeMemory = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    task.exitState = fields.place(bytes: 4)
    fields.skip(upTo: gapLimit, using: &generator)
    task.pid = fields.place(bytes: 4)
    task.tgid = fields.place(bytes: 4)
    fields.skip(upTo: min(gapLimit, 1), using: &generator)
    task.realParent = fields.place(words: 1)
    task.parent = fields.place(words: 1)
    task.children = fields.place(words: 2)
    task.sibling = fields.place(words: 2)
    task.groupLeader = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    task.threadGroup = fields.place(words: 2)
    task.threadNode = fields.place(words: 2)
    fields.skip(upTo: gapLimit * 2, using: &generator)
    task.command = fields.place(bytes: 16)
    fields.skip(upTo: gapLimit, using: &generator)
    task.signal = fields.place(words: 1)
    fields.skip(upTo: gapLimit * 16, using: &generator)
    task.byteCount = fields.byteCount
  }

  private mutating func placeMemory(_ gapLimit: Int, _ generator: inout some RandomNumberGenerator) {
    var fields = FieldPlacer(wordByteCount: wordByteCount)
    memory.areas = fields.place(words: 1)
    memory.areaTree = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    memory.pgd = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    memory.areaCount = fields.place(bytes: 4)
    fields.skip(upTo: gapLimit, using: &generator)
    memory.list = fields.place(words: 2)
    fields.skip(upTo: gapLimit * 2, using: &generator)
    memory.owner = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    memory.byteCount = fields.byteCount
  }

  private mutating func placeArea(_ gapLimit: Int, _ generator: inout some RandomNumberGenerator) {
    var fields = FieldPlacer(wordByteCount: wordByteCount)
    area.start = fields.place(words: 1)
    area.end = fields.place(words: 1)
    area.next = fields.place(words: 1)
    area.previous = fields.place(words: 1)
    area.node = fields.place(words: 3)
    fields.skip(upTo: min(gapLimit, 1), using: &generator)
    area.memory = fields.place(words: 1)
    area.pageProtection = fields.place(bytes: protectionByteCount)
    area.flags = fields.place(words: 1)
    fields.skip(upTo: gapLimit, using: &generator)
    area.pageOffset = fields.place(words: 1)
    area.file = fields.place(words: 1)
    fields.skip(upTo: min(gapLimit, 4), using: &generator)
    area.byteCount = fields.byteCount
  }

  private mutating func placeFile(_ gapLimit: Int, _ generator: inout some RandomNumberGenerator) {
    var fields = FieldPlacer(wordByteCount: wordByteCount)
    fields.skip(upTo: min(gapLimit, 8), using: &generator)
    file.path = fields.place(words: 2)
    fields.skip(upTo: gapLimit, using: &generator)
    // Linux's has more than 40 words, whatever the configuration.
    file.byteCount = max(fields.byteCount, 40 * wordByteCount)
    fields = FieldPlacer(wordByteCount: wordByteCount)
    // Flags and a sequence count.
    _ = fields.place(bytes: 8)
    file.entryHash = fields.place(words: 2)
    file.entryParent = fields.place(words: 1)
    file.entryName = fields.place(bytes: 8)
    _ = fields.place(words: 1)
    file.entryInode = fields.place(words: 1)
    file.entryInlineName = fields.place(bytes: 32)
    file.entryInlineCount = 32
    fields.skip(upTo: gapLimit, using: &generator)
    file.entryByteCount = fields.byteCount
  }
}
