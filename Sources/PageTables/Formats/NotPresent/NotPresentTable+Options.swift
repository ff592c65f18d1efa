#if !hasFeature(Embedded)
  extension NotPresentTable {
    /// The options of a kernel's configuration that decide which swap types are special (include/linux/swap.h).
    public struct Options: Hashable, Sendable {
      /// CONFIG_MEMORY_FAILURE.
      public var hasHardwarePoison: Bool
      /// CONFIG_DEVICE_PRIVATE, which needs 64 bits.
      public var hasDeviceMemory: Bool

      public init(hasHardwarePoison: Bool, hasDeviceMemory: Bool) {
        self.hasHardwarePoison = hasHardwarePoison
        self.hasDeviceMemory = hasDeviceMemory
      }
    }

    /// The same era's table for a kernel that was built with these options; itself where its rules are of
    /// another shape.
    public func configured(_ options: Options) -> NotPresentTable {
      var special = special
      special.hardwarePoison = options.hasHardwarePoison ? 1 : 0
      special.device = options.hasDeviceMemory ? deviceTypeCount : 0
      guard var table = numbered(special), numbered(self.special)?.rules.elements == rules.elements else {
        return self
      }
      table.knowsOptions = true
      return table
    }

    /// What an absent entry may mean, its types apart: first what this table says, then what the same release
    /// says with other options, each kind once. One state where the options are known.
    ///
    /// - Parameters:
    ///   - entry: an entry that maps nothing.
    ///   - mayHaveDevices: whether the architecture has 64 bits.
    public func possibleStates(of entry: UInt64, mayHaveDevices: Bool) -> [NotPresentState] {
      var states = [state(of: entry)]
      guard !knowsOptions else { return states }
      for device in mayHaveDevices ? [true, false] : [false] {
        for poison in [true, false] {
          let table = configured(Options(hasHardwarePoison: poison, hasDeviceMemory: device))
          let other = table.state(of: entry)
          if !states.contains(where: { $0.kind == other.kind }) { states.append(other) }
        }
      }
      return states
    }

    /// Since 5.14 there is exclusive access, of which 6.15 needs one type less.
    private var deviceTypeCount: UInt8 {
      since >= KernelRelease(6, 15) ? 3 : since >= KernelRelease(5, 14) ? 4 : 2
    }

    /// The table made anew with other special types; nil if it is not of Linux's usual shape.
    private func numbered(_ special: SpecialSwapTypes) -> NotPresentTable? {
      let all = rules.elements
      guard let swap = all.last, swap.kind == .swap, swap.typeBitCount > 0, swap.offsetBitCount > 0,
        let frame = all.first(where: { $0.kind == .migration })
      else { return nil }
      return NotPresentTable(
        since: since, era: era, type: swap.typeLowBit...(swap.typeLowBit + swap.typeBitCount - 1),
        offset: swap.offsetLowBit...(swap.offsetLowBit + swap.offsetBitCount - 1),
        frame: frame.offsetLowBit...(frame.offsetLowBit + frame.offsetBitCount - 1),
        inverted: swap.offsetIsInverted, special: special,
        protectionNone: all.first { $0.kind == .protectionNone })
    }
  }
#endif
