import PageTables

/// A run of mapped addresses whose frames are reached in the same ways.
struct AuditPlace {
  var first: VirtualAddress
  var last: VirtualAddress
  /// How it is mapped; `physical` and `entry` are those of its first page, or of the range that it is part of.
  var mapping: MappedRange.Mapping
  /// Nil outside RAM.
  var marks: FrameMarks?
  var isKernelHalf: Bool
  /// Whether it is part of the linear map.
  var isLinear: Bool
  /// Whether it is part of the kernel's image.
  var isImage: Bool
  /// The owner's place in the survey's list.
  var owner: Int
  /// Whether another part of the same range is RAM: a large page that reaches beyond.
  var overhangs: Bool

  var access: Access { mapping.access }
  var byteCount: UInt64 { last.rawValue &- first.rawValue &+ 1 }
}
