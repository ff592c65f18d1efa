import LinuxKernel
import PageTables

/// Addresses that belong together: an area of a process, a region of the kernel.
protocol AddressStretch {
  var first: VirtualAddress { get }
  /// Inclusive.
  var last: VirtualAddress { get }
}

extension Area: AddressStretch {}
extension KernelRegion: AddressStretch {}

/// Stretches in ascending order, disjoint.
extension Array where Element: AddressStretch {
  /// The stretch that holds `address`.
  ///
  /// - Complexity: O(log n).
  func stretch(at address: VirtualAddress) -> Element? {
    let index = index(notBefore: address)
    return index < count && self[index].first <= address ? self[index] : nil
  }

  /// `range` cut where stretches begin and end, each piece with its stretch.
  func pieces(of range: MappedRange) -> [(range: MappedRange, stretch: Element?)] {
    var pieces: [(MappedRange, Element?)] = []
    var first = range.first
    var index = index(notBefore: first)
    while true {
      var stretch: Element?
      var last = range.last
      if index < count, self[index].first <= first {
        stretch = self[index]
        last = Swift.min(last, self[index].last)
        index += 1
      } else if index < count, self[index].first <= last {
        last = VirtualAddress(self[index].first.rawValue - 1)
      }
      pieces.append((range.cut(from: first, through: last), stretch))
      guard last < range.last else { return pieces }
      first = VirtualAddress(last.rawValue + 1)
    }
  }

  /// Where the first stretch is that does not end before `address`.
  private func index(notBefore address: VirtualAddress) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low
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
