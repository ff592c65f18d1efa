import CLiveMemory
internal import Glibc
import PageTables

/// Physical memory through `/dev/pagewalk`, the kernel module's device: high memory of a 32-bit kernel, too.
struct DeviceMemory: Sendable {
  private let device: SystemFile
  /// Where there is RAM, ascending and disjoint.
  let ram: [ClosedRange<UInt64>]
  /// Virtual minus physical address of the linear map.
  let directMapOffset: UInt64
  private let pageBytes: Int

  private static let path = "/dev/pagewalk"
  private static let rangeLimit = 4096

  init() throws(RungRefusal) {
    do throws(SystemFile.Failure) {
      device = try SystemFile(Self.path, forWriting: true)
    } catch {
      if error.isMissing {
        throw RungRefusal(.absent, "\(error.words): the module is not loaded; kmod/README.md says how")
      }
      if error.isNotPermitted { throw Lockdown.refusal(error.words, needs: "CAP_SYS_ADMIN") }
      throw RungRefusal(.permission, "\(error.words): only root may open it; run it as root")
    }
    var facts = pagewalk_device_facts()
    guard unsafe pagewalk_device_facts(device.descriptor, &facts) == 0 else {
      throw Self.failure("its facts")
    }
    guard facts.page_size >= 4096, facts.page_size & (facts.page_size - 1) == 0 else {
      throw RungRefusal(.failed, "\(Self.path): a page of \(facts.page_size) bytes")
    }
    pageBytes = Int(facts.page_size)
    directMapOffset = facts.linear_offset
    var ends = [UInt64](repeating: 0, count: 2 * Self.rangeLimit)
    let count = unsafe pagewalk_device_ranges(device.descriptor, &ends, UInt32(Self.rangeLimit))
    guard count > 0, count <= Self.rangeLimit else { throw Self.failure("\(count) ranges of RAM") }
    var ranges: [ClosedRange<UInt64>] = []
    for index in 0..<count {
      let (first, last) = (ends[2 * index], ends[2 * index + 1])
      guard first <= last, ranges.last.map({ $0.upperBound < first }) ?? true else {
        throw RungRefusal(.failed, "\(Self.path): its ranges of RAM are not in order")
      }
      if let before = ranges.last, before.upperBound + 1 == first {
        ranges[ranges.count - 1] = before.lowerBound...last
      } else {
        ranges.append(first...last)
      }
    }
    ram = ranges
  }

  private static func failure(_ what: String) -> RungRefusal {
    RungRefusal(
      .failed, "\(path): \(what): \(systemMessage(errno)); are the module and this program of one version?")
  }

  /// One call a page.
  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= LiveMemory.requestLimitBytes else { throw .unreadable }
    guard ram.holds(address.rawValue, count: count) else { throw .outsideRAM }
    let outcome: Result<Answer, MemoryFault> = unsafe withUnsafeTemporaryAllocation(
      byteCount: count, alignment: 8
    ) { buffer in
      // Sound: each part ends inside the buffer, and it is lent only if all of it was written.
      var done = 0
      while done < count {
        let place = address.rawValue + UInt64(done)
        let part = min(count - done, pageBytes - Int(place % UInt64(pageBytes)))
        guard
          unsafe pagewalk_device_read(device.descriptor, place, buffer.baseAddress! + done, UInt32(part)) == 0
        else { return .failure(.unreadable) }
        done += part
      }
      return .success(body(unsafe UnsafeRawBufferPointer(buffer).bytes))
    }
    return try outcome.get()
  }
}
