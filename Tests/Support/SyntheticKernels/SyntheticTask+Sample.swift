extension SyntheticTask {
  /// A small system: the first process, kernel threads, daemons with children, a process of three threads, one
  /// that shares its parent's memory, and two zombies.
  ///
  /// - Parameter userEnd: the first address that no process uses; a multiple of 4096 of at least 1 GiB.
  public static func sample(
    processes: Int = 24, userEnd: UInt64, using generator: inout some RandomNumberGenerator
  ) -> [SyntheticTask] {
    var tasks = [
      SyntheticTask(
        pid: 1, command: "systemd", parent: 0,
        areas: SyntheticArea.sample(of: "/lib/systemd/systemd", userEnd: userEnd, using: &generator)),
      SyntheticTask(pid: 2, command: "kthreadd", kind: .kernelThread, parent: 0),
    ]
    var pid = 2
    func next(_ generator: inout some RandomNumberGenerator) -> Int {
      pid += Int.random(in: 1...9, using: &generator)
      return pid
    }
    for name in kernelThreads {
      tasks.append(
        SyntheticTask(pid: next(&generator), command: name, kind: .kernelThread, parent: 2))
    }
    for index in 0..<processes {
      let name = daemons[index % daemons.count]
      let parent =
        tasks.filter { $0.kind == .process && $0.isFirstThread }.randomElement(using: &generator)?.pid ?? 1
      tasks.append(
        SyntheticTask(
          pid: next(&generator), command: String(name.split(separator: "/").last?.prefix(15) ?? "a"),
          parent: index % 3 == 0 ? parent : 1,
          areas: SyntheticArea.sample(of: name, userEnd: userEnd, using: &generator)))
    }
    let shell = tasks[tasks.count - 1].pid
    let crowd = tasks[tasks.count - 2]
    for number in 1...2 {
      tasks.append(
        SyntheticTask(
          pid: next(&generator), tgid: crowd.pid, command: "worker-\(number)", parent: crowd.parent))
    }
    tasks.append(
      SyntheticTask(
        pid: next(&generator), command: "sh-vfork", parent: shell, sharesMemoryOf: shell))
    tasks.append(SyntheticTask(pid: next(&generator), command: "gone", kind: .zombie, parent: shell))
    tasks.append(SyntheticTask(pid: next(&generator), command: "gone too", kind: .zombie, parent: 1))
    return tasks
  }

  private static let kernelThreads = [
    "rcu_gp", "rcu_par_gp", "kworker/0:0", "kworker/0:0H", "mm_percpu_wq", "ksoftirqd/0", "rcu_sched",
    "migration/0", "cpuhp/0", "kdevtmpfs", "netns", "kauditd", "khungtaskd", "oom_reaper", "writeback",
    "kcompactd0", "ksmd", "khugepaged", "crypto", "kintegrityd", "kblockd", "ata_sff", "md", "edac-poller",
    "kswapd0", "kthrotld", "scsi_eh_0", "jbd2/sda1-8", "ext4-rsv-conver",
  ]

  private static let daemons = [
    "/usr/sbin/sshd", "/usr/sbin/cron", "/usr/bin/dbus-daemon", "/lib/systemd/systemd-journald",
    "/usr/sbin/rsyslogd", "/bin/login", "/usr/local/libexec/a program with spaces", "/bin/bash",
  ]
}

extension SyntheticArea {
  /// The areas of a program with a library or two, a heap, anonymous memory and a stack.
  static func sample(
    of program: String, userEnd: UInt64, using generator: inout some RandomNumberGenerator
  ) -> [SyntheticArea] {
    var areas: [SyntheticArea] = []
    var cursor: UInt64 = 0x0804_8000
    func add(_ pages: ClosedRange<UInt64>, _ flags: UInt64, _ offset: UInt64 = 0, _ path: String? = nil) {
      let size = UInt64.random(in: pages, using: &generator) << 12
      areas.append(
        SyntheticArea(
          first: cursor, last: cursor + size - 1, flags: flags, fileOffset: offset, path: path))
      cursor += size
    }
    add(1...300, 0x75, 0, program)
    add(1...9, 0x71, 0x4_3000, program)
    add(1...9, 0x73, 0x4_c000, program)
    cursor += UInt64.random(in: 1...5000, using: &generator) << 12
    add(1...200, 0x73)
    // The libraries lie in the upper half of what a process has.
    cursor = userEnd / 2 & ~0xfff + UInt64.random(in: 0...0xffff, using: &generator) << 12
    for library in 0..<UInt64.random(in: 1...4, using: &generator) {
      let path = "/usr/lib/linux-gnu/libnumber-\(library).so.\(library + 1)"
      add(20...400, 0x75, 0, path)
      add(1...1, 0x70, 0x19_0000, path)
      add(1...4, 0x71, 0x19_1000, path)
      add(1...4, 0x73, 0x19_5000, path)
      if library & 1 == 0 { add(1...8, 0x73) }
      cursor += UInt64.random(in: 0...3, using: &generator) << 12
    }
    add(4...16, 0xfb, 0, "/dev/shm/a name that is longer than what a directory entry holds itself")
    cursor = userEnd - UInt64.random(in: 200...4000, using: &generator) << 12
    add(33...33, 0x73)
    return areas
  }
}
