import PageTables

/// Turns ranges into marks of frames.
struct FrameMarker: RangeSink {
  let owner: Int
  let isKernelHalf: Bool
  /// Whether what is mapped here counts: a root that no process has is reported as such, and its left-over
  /// mappings do not make aliases of all others.
  let isMarking: Bool
  let layout: KernelLayout
  let frames: FrameMap
  let canForbidExecution: Bool
  /// Whether a large page holds a flattened device tree.
  let holdsDeviceTree: (MappedRange.Mapping) -> Bool
  /// Memory that is mapped with such a tree; at most a few dozen pieces.
  private(set) var deviceTreeWindows: [RAMRange] = []
  /// Set if this is a user half.
  private(set) var userHalf: AuditSurvey.UserHalf?

  init(
    owner: Int, isKernelHalf: Bool, isMarking: Bool, layout: KernelLayout, format: PagingFormat,
    frames: FrameMap, holdsDeviceTree: @escaping (MappedRange.Mapping) -> Bool
  ) {
    self.holdsDeviceTree = holdsDeviceTree
    self.isMarking = isMarking
    self.owner = owner
    self.isKernelHalf = isKernelHalf
    self.layout = layout
    self.frames = frames
    canForbidExecution = format.canForbidExecution
    userHalf = isKernelHalf ? nil : AuditSurvey.UserHalf()
  }

  mutating func receive(_ range: MappedRange) {
    guard let mapping = range.mapping else { return }
    let access = mapping.access
    var marks: FrameMarks = []
    if isKernelHalf {
      let isWritable = access.contains(.kernelWrite)
      let isLinear = layout.isLinear(range.first, mapping.physical)
      let isImage = layout.isImage(range.first, mapping.physical)
      if isWritable, isMarking, !isLinear, !isImage, deviceTreeWindows.count < 32, holdsDeviceTree(mapping) {
        let last = mapping.physical.advanced(byBytes: range.byteCount - 1)
        deviceTreeWindows.append(RAMRange(first: mapping.physical, last: last))
      } else if isWritable {
        marks.insert(isLinear ? .linearWrite : isImage ? .imageWrite : .otherWrite)
      }
      // A linear map that is executable, too, says nothing about what is code. Nor, where nothing can forbid
      // execution, does anything that is writable: what is read-only there is code or constants.
      if access.contains(.kernelExecute), !isWritable || (canForbidExecution && !isLinear) {
        marks.insert(.kernelText)
        if isImage { marks.insert(.imageText) }
      }
    } else {
      count(range, mapping)
    }
    if access.intersects(.user) {
      if access.contains(.userWrite) { marks.insert(.userWrite) }
      if access.contains(.userExecute), canForbidExecution { marks.insert(.userExecute) }
    }
    guard isMarking else { return }
    frames.insert(marks, at: mapping.physical, byteCount: range.byteCount)
  }

  private mutating func count(_ range: MappedRange, _ mapping: MappedRange.Mapping) {
    let bytes = range.byteCount
    userHalf?.mappedBytes &+= bytes
    if mapping.access.contains(.userWrite) { userHalf?.writableBytes &+= bytes }
    if mapping.access.contains([.userWrite, .userExecute]) { userHalf?.writableExecutableBytes &+= bytes }
    guard !mapping.access.intersects(.user) else { return }
    userHalf?.kernelOnlyBytes &+= bytes
    if range.first.rawValue == mapping.physical.rawValue { userHalf?.identityBytes &+= bytes }
  }
}
