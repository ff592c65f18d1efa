internal import Glibc

/// Where a process's pages are: `/proc/PID/pagemap`, with `/proc/PID/maps` and, for who may, `/proc/kpageflags`.
///
/// It has no levels: no tables, no rights, no page size, nothing of the kernel's half.
public final class ProcessPages: Sendable {
  public let pid: Int
  public let pageSizeBytes: Int
  private let pagemap: SystemFile
  private let frameFlags: SystemFile?
  private let memory: SystemFile?

  /// - Throws: if there is no such process, or its pages are not ours to see.
  public init(pid: Int) throws(RungRefusal) {
    self.pid = pid
    pageSizeBytes = max(Int(sysconf(Int32(_SC_PAGESIZE))), 1)
    do throws(SystemFile.Failure) {
      pagemap = try SystemFile("/proc/\(pid)/pagemap")
    } catch {
      throw RungRefusal(
        error.isMissing ? .absent : .permission,
        error.isMissing
          ? "there is no process \(pid)"
          : "\(error.words); another user's process: run it as that user, or as root")
    }
    frameFlags = try? SystemFile("/proc/kpageflags")
    memory = try? SystemFile("/proc/\(pid)/mem")
  }

  /// What is said of `count` pages from the one that holds `address`; fewer where the file ends.
  public func entries(from address: UInt64, count: Int) throws(RungRefusal) -> [PagemapEntry] {
    do throws(SystemFile.Failure) {
      return try pagemap.words(at: address / UInt64(pageSizeBytes), count: count).map(PagemapEntry.init)
    } catch {
      throw RungRefusal(.failed, error.words)
    }
  }

  /// What the kernel says of a frame; nil for who may not ask.
  public func flags(ofFrame number: UInt64) -> FrameFlags? {
    (try? frameFlags?.words(at: number, count: 1))?.first.map(FrameFlags.init)
  }

  /// The areas of the process.
  public func areas() throws(RungRefusal) -> [ProcessArea] {
    do throws(SystemFile.Failure) {
      let text = try SystemFile("/proc/\(pid)/maps").text(limitBytes: 64 << 20)
      return text.split(separator: "\n").compactMap(ProcessArea.init)
    } catch {
      throw RungRefusal(error.isMissing ? .absent : .permission, error.words)
    }
  }

  /// The bytes at an address, by the kernel's own way through the tables; nil if they cannot be had. A page that
  /// was never touched comes into being by this.
  ///
  /// Not by `process_vm_readv`: that pins pages, and since Linux 6.0 a page that is shared after a fork is copied
  /// for it (`FAULT_FLAG_UNSHARE`, mm/gup.c): looking would change what is looked at.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    guard count > 0, count <= 1 << 20, address <= UInt64(Int64.max) - UInt64(count) else { return nil }
    guard let bytes = try? memory?.bytes(at: address, count: count), bytes.count == count else { return nil }
    return bytes
  }
}
