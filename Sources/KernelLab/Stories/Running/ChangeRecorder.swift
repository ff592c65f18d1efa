/// Sees what an action changes: looks at the machine before and after it.
struct ChangeRecorder {
  private let tables: TableSnapshot
  private let counters: Counters
  private let translations: [[TLB.Entry]]
  private let measures: [Int: [UInt64]]

  init(_ machine: inout Machine) {
    tables = TableSnapshot(machine)
    counters = machine.counters
    translations = machine.cpus.map(\.tlb.entries)
    measures = Self.measures(machine)
    machine.frames.journal.start()
  }

  func changes(_ machine: inout Machine) -> MachineChanges {
    var changes = MachineChanges()
    tables.addChanges(to: &changes, now: TableSnapshot(machine), format: machine.profile.format)
    changes.frames = machine.frames.journal.stop()
    changes.counters = machine.counters.changes(since: counters)
    for (cpu, old) in translations.enumerated() {
      for (before, after) in zip(old, machine.cpus[cpu].tlb.entries) where before != after {
        if before.sizeBits != 0 { changes.translations.append(.init(before, cpu: cpu, isNew: false)) }
        if after.sizeBits != 0 { changes.translations.append(.init(after, cpu: cpu, isNew: true)) }
      }
    }
    let now = Self.measures(machine)
    for (pid, values) in now.sorted(by: { $0.key < $1.key }) {
      let old = measures[pid]
      for (index, measure) in SpaceMeasure.allCases.enumerated() where values[index] != old?[index] ?? 0 {
        changes.measures.append(
          .init(pid: pid, name: measure.rawValue, old: old?[index] ?? 0, new: values[index]))
      }
    }
    return changes
  }

  private static func measures(_ machine: borrowing Machine) -> [Int: [UInt64]] {
    var measures: [Int: [UInt64]] = [:]
    for (pid, task) in machine.tasks {
      guard task.space != nil else { continue }
      measures[pid] = SpaceMeasure.allCases.map { machine.measure($0, of: task) }
    }
    return measures
  }
}

extension MachineChanges.Translation {
  fileprivate init(_ entry: TLB.Entry, cpu: Int, isNew: Bool) {
    self.init(
      cpu: cpu, address: entry.page << UInt64(entry.sizeBits), physical: entry.physical,
      sizeBits: entry.sizeBits,
      isGlobal: entry.isGlobal, isNew: isNew)
  }
}
