import Glibc
import PageTables

/// The memory of QEMU's own process, through `/proc/PID/mem`: RAM that no file has. It needs the right to trace QEMU
/// (ptrace(2)): the same user, or root.
final class ProcessReader: PieceReader {
  private let descriptor: Int32

  /// Opens the memory of a process for reading.
  init(processID: Int32) throws(VirtualMachineError) {
    let path = "/proc/\(processID)/mem"
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Channel.systemError(path, "cannot be opened") }
  }

  deinit { close(descriptor) }

  func read(at position: UInt64, into buffer: inout [UInt8], range: Range<Int>) throws(MemoryFault) {
    var done = range.lowerBound
    while done < range.upperBound {
      guard let place = Int(exactly: position &+ UInt64(done - range.lowerBound)) else { throw .unreadable }
      errno = 0
      // Sound: the range is within the buffer (an array's own check), and `pread` is given its end.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done..<range.upperBound])
        return unsafe pread(descriptor, part.baseAddress, part.count, place)
      }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw .unreadable
      }
    }
  }
}
