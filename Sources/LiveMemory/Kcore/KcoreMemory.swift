import PageTables

/// Physical memory through `/proc/kcore`.
///
/// A page that the direct map lacks (secret memory, a poisoned page) reads as zeros: the file does not tell it
/// from a page of zeros.
struct KcoreMemory: Sendable {
  let segments: KcoreSegments
  private let file: SystemFile

  init() throws(RungRefusal) {
    let file: SystemFile
    do throws(SystemFile.Failure) {
      file = try SystemFile("/proc/kcore")
    } catch {
      if error.isMissing {
        throw RungRefusal(
          .notConfigured, "\(error.words); the kernel has no CONFIG_PROC_KCORE, or /proc is not mounted")
      }
      if error.isNotPermitted { throw Lockdown.refusal(error.words, needs: "CAP_SYS_RAWIO") }
      if error.isForbidden {
        throw RungRefusal(.permission, "\(error.words): only root may open it; run it as root")
      }
      throw RungRefusal(.failed, error.words)
    }
    self.file = file
    segments = try KcoreSegments { offset, count throws(SystemFile.Failure) in
      try file.bytes(at: offset, count: count)
    }
    guard !segments.ram.isEmpty else {
      throw RungRefusal(
        .failed, "/proc/kcore has no segment with a physical address: it cannot say where RAM is")
    }
  }

  /// One `pread`; nothing is kept, because the memory changes.
  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= LiveMemory.requestLimitBytes else { throw .unreadable }
    guard let offset = segments.offset(of: address.rawValue, count: count) else { throw .outsideRAM }
    let outcome: Result<Answer, MemoryFault> = unsafe withUnsafeTemporaryAllocation(
      byteCount: count, alignment: 8
    ) { buffer in
      // Sound: the buffer has `count` bytes, is written by the read alone, and lent only if all were.
      do throws(SystemFile.Failure) {
        guard unsafe try file.read(into: buffer, at: offset) == count else { return .failure(.unreadable) }
      } catch {
        return .failure(.unreadable)
      }
      return .success(body(unsafe UnsafeRawBufferPointer(buffer).bytes))
    }
    return try outcome.get()
  }
}
