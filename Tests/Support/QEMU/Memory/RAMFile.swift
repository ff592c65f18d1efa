import Foundation

/// The file that is a machine's RAM: what is written here the machine sees at once, and the other way.
///
/// It is a sparse temporary file, unlinked when this object is released.
final class RAMFile {
  let path: String
  let sizeBytes: UInt64
  private let descriptor: Int32

  init(image: RAMImage) throws(QEMUFailure) {
    sizeBytes = image.sizeBytes
    path = NSTemporaryDirectory() + "/qemu-oracle-\(UUID().uuidString)"
    let opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    descriptor = opened
    guard opened >= 0 else { throw QEMUFailure("no RAM file at \(path): errno \(errno)") }
    guard ftruncate(opened, Int(image.sizeBytes)) == 0 else {
      throw QEMUFailure("no RAM file of \(image.sizeBytes) bytes at \(path): errno \(errno)")
    }
    for chunk in image.chunks {
      try write(chunk.bytes, at: chunk.physicalAddress)
    }
  }

  deinit {
    unlink(path)
    Foundation.close(descriptor)
  }

  func write(_ bytes: [UInt8], at physicalAddress: UInt64) throws(QEMUFailure) {
    try check(physicalAddress, count: bytes.count)
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, Int(physicalAddress)) }
    guard written == bytes.count else {
      throw QEMUFailure("only \(written) of \(bytes.count) bytes written at 0x\(hex(physicalAddress)) of RAM")
    }
  }

  func write<Integer: FixedWidthInteger>(
    _ values: [Integer], at physicalAddress: UInt64
  ) throws(QEMUFailure) {
    try write([UInt8](littleEndian: values), at: physicalAddress)
  }

  func read(_ count: Int, at physicalAddress: UInt64) throws(QEMUFailure) -> [UInt8] {
    try check(physicalAddress, count: count)
    var bytes = [UInt8](repeating: 0, count: count)
    let got = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, Int(physicalAddress))
    }
    guard got == count else {
      throw QEMUFailure("only \(got) of \(count) bytes read at 0x\(hex(physicalAddress)) of RAM")
    }
    return bytes
  }

  private func check(_ physicalAddress: UInt64, count: Int) throws(QEMUFailure) {
    guard physicalAddress <= sizeBytes, UInt64(count) <= sizeBytes - physicalAddress else {
      throw QEMUFailure(
        "\(count) bytes at 0x\(hex(physicalAddress)) are not within RAM of 0x\(hex(sizeBytes)) bytes")
    }
  }
}
