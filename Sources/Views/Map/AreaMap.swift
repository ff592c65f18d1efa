public import LinuxKernel
public import PageTables

/// The areas of a process, to be put beside the ranges of its tables.
public struct AreaMap: Sendable {
  public let list: AreaList

  public init(_ list: AreaList) { self.list = list }

  /// The areas of the process that `space` belongs to; nil where the source has no kernel to ask, or the
  /// space is the kernel's own.
  public init?(of space: AddressSpace, in source: Source) throws(SourceError) {
    guard source.finder != nil, let process = space.process else { return nil }
    let kernel = try source.findKernel()
    guard let task = kernel.process(process.pid) else { return nil }
    list = kernel.areas(of: task)
  }

  /// The area that holds `address`.
  public func area(at address: VirtualAddress) -> Area? {
    let areas = list.areas
    var low = 0
    var high = areas.count
    while low < high {
      let middle = (low + high) / 2
      if areas[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < areas.count && areas[low].first <= address ? areas[low] : nil
  }

  /// `range` cut where areas begin and end, each piece with its area.
  public func pieces(of range: MappedRange) -> [(range: MappedRange, area: Area?)] {
    var pieces: [(MappedRange, Area?)] = []
    var first = range.first
    while true {
      let area = area(at: first)
      var last = range.last
      if let area {
        last = min(last, area.last)
      } else if let next = nextArea(after: first), next.first <= last {
        last = VirtualAddress(next.first.rawValue - 1)
      }
      pieces.append((range.cut(from: first, through: last), area))
      guard last < range.last else { return pieces }
      first = VirtualAddress(last.rawValue + 1)
    }
  }

  private func nextArea(after address: VirtualAddress) -> Area? {
    let areas = list.areas
    var low = 0
    var high = areas.count
    while low < high {
      let middle = (low + high) / 2
      if areas[middle].first <= address { low = middle + 1 } else { high = middle }
    }
    return low < areas.count ? areas[low] : nil
  }
}

extension MappedRange {
  /// The part of the range from `first` through `last`.
  func cut(from first: VirtualAddress, through last: VirtualAddress) -> MappedRange {
    var part = self
    part.first = first
    part.last = last
    if case .mapped(var mapping) = content {
      mapping.physical = mapping.physical.advanced(byBytes: first.rawValue &- self.first.rawValue)
      part.content = .mapped(mapping)
    }
    return part
  }
}
