/// The running system, opened by the first rung of the ladder that holds; and why the others do not.
public struct LiveSystem: Sendable {
  /// What came of a rung.
  public struct Attempt: Sendable {
    public enum Outcome: Sendable {
      case used
      case refused(RungRefusal)
      /// A better rung held, or another one was asked for.
      case notTried
    }

    public var rung: LiveRung
    public var outcome: Outcome
  }

  /// The rung that is used.
  public let rung: LiveRung
  /// Every rung, in the ladder's order.
  public let attempts: [Attempt]
  /// Physical memory; nil where only pagemap can be read.
  public let memory: LiveMemory?
  /// RAM that cannot be read this way, ascending and disjoint: high memory of a 32-bit kernel, which kcore leaves out.
  public let missing: [ClosedRange<UInt64>]
  /// From the kernel's first byte of code to its last of data, as physical addresses, where that is told.
  public let kernelImage: ClosedRange<UInt64>?
  /// The kernel's VMCOREINFO text, if it could be read.
  public let vmcoreinfo: String?
  /// What is odd, in sentences.
  public let notes: [String]

  /// Opens the ladder.
  ///
  /// - Parameters:
  ///   - wanted: the only rung to be tried; nil for the first that holds.
  ///   - places: tells where tasks keep their tables; asked for only if a BPF program is to be loaded.
  /// - Throws: why not, if the wanted rung, or the last of the ladder, does not hold.
  public init(
    _ wanted: LiveRung? = nil, places: () throws(RungRefusal) -> TaskPlaces
  ) throws(RungRefusal) {
    var attempts: [Attempt] = []
    var opened: (rung: LiveRung, memory: LiveMemory?)?
    var last: RungRefusal?
    for rung in LiveRung.allCases {
      guard opened == nil, wanted ?? rung == rung else {
        attempts.append(Attempt(rung: rung, outcome: .notTried))
        continue
      }
      do throws(RungRefusal) {
        opened = (rung, try Self.open(rung, places: places))
        attempts.append(Attempt(rung: rung, outcome: .used))
      } catch {
        last = error
        attempts.append(Attempt(rung: rung, outcome: .refused(error)))
      }
    }
    guard let opened else { throw last ?? RungRefusal(.absent, "no rung was tried") }
    self.attempts = attempts
    rung = opened.rung
    memory = opened.memory
    var notes: [String] = []
    guard let memory = opened.memory else {
      (missing, kernelImage, vmcoreinfo) = ([], nil, nil)
      self.notes = notes
      return
    }
    let system: SystemRAM?
    do throws(RungRefusal) { system = try SystemRAM() } catch {
      system = nil
      notes.append("the place of the kernel's image is not told: \(error)")
    }
    missing = (system?.ranges ?? []).subtracting(memory.ram)
    if !missing.isEmpty {
      let bytes = missing.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
      notes.append(
        "\(bytes >> 10) KiB of RAM are not in \(opened.rung.words): high memory of a 32-bit kernel, or memory that "
          + "was taken out of the direct map")
    }
    kernelImage = system?.image ?? memory.kernelImage
    vmcoreinfo = VMCoreInfoNote.text(in: memory)
    self.notes = notes
  }

  private static func open(
    _ rung: LiveRung, places: () throws(RungRefusal) -> TaskPlaces
  ) throws(RungRefusal) -> LiveMemory? {
    switch rung {
    case .device: return LiveMemory(.device(try DeviceMemory()))
    case .kcore: return LiveMemory(.kcore(try KcoreMemory()))
    case .bpf:
      let channels = try BPFChannels()
      let ram = try SystemRAM().ranges
      let offset = try DirectMapSearch(channels: channels, ram: ram, places: try places()).run()
      return LiveMemory(.bpf(BPFMemory(channels: channels, ram: ram, directMapOffset: offset)))
    case .pagemap:
      do throws(SystemFile.Failure) {
        _ = try SystemFile("/proc/self/pagemap")
      } catch {
        throw RungRefusal(
          error.isMissing ? .notConfigured : .permission,
          "\(error.words); the kernel has no CONFIG_PROC_PAGE_MONITOR, or /proc is not mounted")
      }
      return nil
    }
  }
}

extension [ClosedRange<UInt64>] {
  /// What these ranges have and `others` have not; both are ascending and disjoint.
  func subtracting(_ others: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
    var left: [ClosedRange<UInt64>] = []
    for range in self {
      var first = range.lowerBound
      var isDone = false
      for other in others where other.upperBound >= first && other.lowerBound <= range.upperBound {
        if other.lowerBound > first { left.append(first...(other.lowerBound - 1)) }
        guard other.upperBound < range.upperBound else {
          isDone = true
          break
        }
        first = other.upperBound + 1
      }
      if !isDone { left.append(first...range.upperBound) }
    }
    return left
  }
}
