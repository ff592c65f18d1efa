import Foundation
import LinuxKernel
public import PageTables

/// A range of an address space of a machine that runs, looked at again and again.
public struct Watch {
  let source: Source
  let space: AddressSpace
  let first: VirtualAddress
  let last: VirtualAddress
  private var watch: SpaceWatch
  private let started: ContinuousClock.Instant

  /// Looks for the first time.
  ///
  /// - Throws: if the source does not run, or the range holds too much to be kept.
  public init(
    _ range: ClosedRange<VirtualAddress>, of space: AddressSpace, in source: Source
  ) throws(SourceError) {
    try space.check(range.lowerBound)
    self.source = source
    self.space = space
    first = range.lowerBound
    last = range.upperBound
    guard let watch = SpaceWatch(space.walker, from: first, through: last, in: source.memory) else {
      throw Self.tooLarge
    }
    self.watch = watch
    started = .now
  }

  /// Refuses what does not run, before anything is searched for in it.
  public static func check(_ source: Source) throws(SourceError) {
    guard source.isRunning else {
      throw SourceError(
        "\(source.name) does not run, so nothing will change in it; watch -s qemu:SOCKET, or compare two images with "
          + "`pagewalk diff`")
    }
  }

  private static let tooLarge = SourceError(
    "the range has too many tables or ranges to be watched; name a smaller one")

  /// What is watched, for the line above the changes.
  public var report: WatchReport { WatchReport(self) }

  var mappedByteCount: UInt64 { watch.mappedByteCount }

  /// Looks every `interval`, for `time` or until the process has exited, and hands over what changed.
  ///
  /// - Parameter body: false to end.
  public mutating func run(
    every interval: Duration, for time: Duration?, _ body: (SpaceChangeReport) -> Bool
  ) throws(SourceError) {
    let end = time.map { started + $0 }
    while true {
      let next = ContinuousClock.now + interval
      // What is found in tables that were given back meanwhile is nobody's.
      var hasExited = !source.stillHas(space)
      if !hasExited {
        guard let changes = watch.look(in: source.memory) else { throw Self.tooLarge }
        hasExited = !source.stillHas(space)
        if !hasExited {
          let now = started.duration(to: .now)
          for change in changes {
            guard body(SpaceChangeReport(change, in: space, after: now)) else { return }
          }
        }
      }
      if hasExited {
        _ = body(SpaceChangeReport(exitAfter: started.duration(to: .now)))
        return
      }
      let wake = end.map { min($0, next) } ?? next
      if let end, .now >= end { return }
      let left = ContinuousClock.now.duration(to: wake)
      if left > .zero { Thread.sleep(forTimeInterval: left / .seconds(1)) }
    }
  }
}
