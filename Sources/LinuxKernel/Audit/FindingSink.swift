import PageTables

/// The second pass: cuts ranges into runs of frames that are reached alike, and asks the rules about each.
struct FindingSink: RangeSink {
  let survey: AuditSurvey
  let owner: Int
  let isKernelHalf: Bool
  var collector: FindingCollector
  /// Where a frame that is code elsewhere can be written: the other half of an alias.
  var writers: [UInt64: (owner: Int, address: VirtualAddress)]

  mutating func receive(_ range: MappedRange) {
    guard let mapping = range.mapping else {
      if case .gap(let reason) = range.content { receive(reason, range) }
      return
    }
    let isLinear = isKernelHalf && survey.layout.isLinear(range.first, mapping.physical)
    let isImage = isKernelHalf && survey.layout.isImage(range.first, mapping.physical)
    var runs: [(offset: UInt64, byteCount: UInt64, marks: FrameMarks?)] = []
    var hasRAM = false
    survey.frames.forEachRun(at: mapping.physical, byteCount: range.byteCount) { offset, byteCount, marks in
      runs.append((offset, byteCount, marks))
      hasRAM = hasRAM || marks != nil
    }
    for run in runs {
      let first = VirtualAddress(range.first.rawValue &+ run.offset)
      var part = mapping
      part.physical = mapping.physical.advanced(byBytes: run.offset)
      examine(
        AuditPlace(
          first: first, last: VirtualAddress(first.rawValue &+ run.byteCount &- 1), mapping: part,
          marks: run.marks, isKernelHalf: isKernelHalf, isLinear: isLinear, isImage: isImage, owner: owner,
          overhangs: hasRAM && run.marks == nil))
    }
  }

  private mutating func examine(_ place: AuditPlace) {
    noteWriter(place)
    for rule in auditRules {
      guard let suspicion = rule.suspicion(place, survey) else { continue }
      collector.add(
        FindingCollector.Draft(
          rule: rule.name, suspicion: suspicion, owner: owner, first: place.first, last: place.last,
          byteCount: place.byteCount, access: place.access, isKernelHalf: isKernelHalf,
          physical: place.mapping.physical, pageSizeBits: place.mapping.pageSizeBits))
    }
  }

  /// Remembers where the first frame of a run can be written, if the frame is code somewhere.
  private mutating func noteWriter(_ place: AuditPlace) {
    guard let marks = place.marks, writers.count < FindingCollector.limit * 4, !place.isLinear else { return }
    let isKernelCode = marks.contains(.kernelText) && place.access.intersects(.write)
    let isUserCode =
      marks.contains(.userExecute) && place.access.contains(place.isKernelHalf ? .kernelWrite : .userWrite)
    guard isKernelCode || isUserCode else { return }
    let frame = place.mapping.physical.rawValue >> UInt64(survey.format.pageSizeBits)
    if writers[frame] == nil { writers[frame] = (owner, place.first) }
  }

  private mutating func receive(_ reason: StopReason, _ range: MappedRange) {
    for rule in auditRules {
      guard let suspicion = rule.suspicion(reason, at: owner, survey) else { continue }
      collector.add(
        FindingCollector.Draft(
          rule: rule.name, suspicion: suspicion, owner: owner, first: range.first, last: range.last,
          byteCount: range.byteCount, isKernelHalf: isKernelHalf))
    }
  }
}
