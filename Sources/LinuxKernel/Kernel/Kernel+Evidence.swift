import PageTables

/// A fact in words: its name, its value, where it comes from, and what else was said.
public struct FactRecord: Hashable, Sendable {
  /// Another value, and where it comes from.
  public struct Dissent: Hashable, Sendable {
    public var value: String
    public var evidence: Evidence
  }

  public var name: String
  public var value: String
  public var evidence: Evidence
  public var agreeing: [Evidence]
  public var disagreeing: [Dissent]

  init<Value>(_ name: String, _ fact: Fact<Value>, _ words: (Value) -> String) {
    self.name = name
    value = words(fact.value)
    evidence = fact.evidence
    agreeing = fact.agreeing
    disagreeing = fact.disagreeing.map { Dissent(value: words($0.value), evidence: $0.evidence) }
  }
}

extension Kernel {
  /// Everything that was found out about the kernel, with its evidence: the whole chain.
  public var evidence: [FactRecord] {
    var records: [FactRecord] = []
    if let release { records.append(FactRecord("release", release) { $0 }) }
    records.append(FactRecord("paging", formatFact) { $0 })
    if let swapOptions {
      records.append(
        FactRecord("special swap types", swapOptions) {
          "hardware poison \($0.hasHardwarePoison ? "on" : "off"), device memory \($0.hasDeviceMemory ? "on" : "off")"
        })
    }
    records.append(FactRecord("direct map offset", directMapOffset, hexadecimal))
    records.append(FactRecord("image offset", imageOffset, hexadecimal))
    if let slide { records.append(FactRecord("kernel offset (KASLR)", slide, hexadecimal)) }
    if let master { records.append(FactRecord("kernel page table", master) { hexadecimal($0.rawValue) }) }
    records.append(FactRecord("tasks", taskCount) { "\($0)" })
    records += rootRecords
    if let symbols {
      records.append(FactRecord("symbols", Fact(symbols.table.count, symbols.evidence)) { "\($0)" })
    }
    if let typeEvidence { records.append(FactRecord("types", Fact("BTF", typeEvidence)) { $0 }) }
    for (name, fact) in layout.sorted { records.append(FactRecord(name, fact) { "\($0)" }) }
    return records
  }

  private var taskCount: Fact<Int> {
    let kinds = Dictionary(grouping: tasks, by: \.kind).mapValues(\.count)
    let words = kinds.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
    return Fact(
      tasks.count,
      Evidence(
        .shape, words.joined(separator: ", ") + (isTaskListWhole ? "; the list closes" : "; the list is cut"))
    )
  }
}
