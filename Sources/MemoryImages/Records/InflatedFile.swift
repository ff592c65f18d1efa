import CZlib
import Glibc
import PageTables

/// A LiME image that was written with `compress=1`: one zlib stream around everything, heads included.
///
/// Such a stream cannot be entered in the middle, so it is inflated once into a file without a name, which
/// goes away with the image. Zeros become holes there.
struct InflatedFile {
  let contents: FileContents
  /// What was wrong with the end of the stream, if anything; what came before it is used.
  let trouble: String?

  private static let chunkBytes = 1 << 20

  /// Whether a file is a zlib stream that begins with a LiME record.
  static func beginsLikeLiME(_ contents: FileContents) -> Bool {
    // RFC 1950: method 8 with a window of at most 32 KiB, and a check number.
    guard let head = contents.load(UInt16.self, at: 0, .big), head >> 8 & 0x8f == 0x08, head % 31 == 0,
      var inflater = try? Inflater()
    else { return false }
    defer { inflater.end() }
    var output = [UInt8](repeating: 0, count: 32)
    guard let input = contents.array(at: 0, count: Int(min(contents.count, 4096))) else { return false }
    let span = input.span
    let step = unsafe inflater.step(span.bytes, into: &output)
    return step.produced >= 4
      && (output.starts(with: "EMiL".utf8) || output.starts(with: "LiME".utf8))
  }

  init(_ source: FileContents, options: ImageOptions) throws(ImageError) {
    let folder = options.temporaryFolder ?? Self.folderOfEnvironment ?? "/var/tmp"
    let descriptor = try Self.unnamedFile(in: folder)
    defer { close(descriptor) }
    guard var inflater = try? Inflater() else {
      throw source.error(.system, at: nil, "zlib could not be set up")
    }
    defer { inflater.end() }
    var output = [UInt8](repeating: 0, count: Self.chunkBytes)
    var consumed: UInt64 = 0
    var produced: UInt64 = 0
    var trouble: String?
    while true {
      let left = source.count - consumed
      guard left > 0 else {
        trouble = "the compressed stream is cut short after \(produced) bytes"
        break
      }
      let available = Int(min(left, UInt64(Self.chunkBytes)))
      let step = source.withBytes(at: consumed, count: available) { inflater.step($0, into: &output) }
      guard let step else {
        trouble = "the compressed stream has a hole at \(hexadecimal(consumed))"
        break
      }
      guard UInt64(step.produced) <= options.inflateLimitBytes - produced else {
        throw source.error(
          .limit, at: consumed, "inflates to more than \(options.inflateLimitBytes) bytes",
          advice: "raise the limit, or inflate it first (zlib-flate -uncompress) and name the result")
      }
      try Self.write(output[..<step.produced], at: produced, to: descriptor, folder)
      consumed += UInt64(step.consumed)
      produced += UInt64(step.produced)
      options.progress?(consumed, source.count)
      if step.isAtEnd { break }
      if step.isBroken || (step.consumed == 0 && step.produced == 0) {
        trouble = "the compressed stream is damaged at \(hexadecimal(consumed)), after \(produced) bytes"
        break
      }
    }
    // Trailing zeros were not written.
    guard ftruncate(descriptor, off_t(produced)) == 0 else {
      throw ByteStore.systemError(folder, "a temporary file cannot be sized")
    }
    let store = try ByteStore(mapping: descriptor, path: source.path)
    contents = try FileContents(store, unwrap: false)
    self.trouble = trouble
  }

  private static var folderOfEnvironment: String? {
    guard let value = unsafe getenv("TMPDIR") else { return nil }
    return unsafe String(cString: value)
  }

  private static func unnamedFile(in folder: String) throws(ImageError) -> Int32 {
    var template = Array("\(folder)/inflated-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else {
      var error = ByteStore.systemError(folder, "no temporary file can be made there")
      error.advice = "name another folder for temporary files, or set TMPDIR"
      throw error
    }
    unsafe unlink(template)
    return descriptor
  }

  private static func write(
    _ bytes: ArraySlice<UInt8>, at offset: UInt64, to descriptor: Int32, _ folder: String
  ) throws(ImageError) {
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let piece = bytes[place..<min(place + 65_536, bytes.endIndex)]
      var done = piece.allSatisfy { $0 == 0 } ? piece.count : 0
      while done < piece.count {
        let target = off_t(offset) + off_t(place - bytes.startIndex + done)
        // Sound: writes no more than the rest of the piece has.
        let written = unsafe piece.withUnsafeBytes {
          unsafe pwrite(descriptor, $0.baseAddress! + done, $0.count - done, target)
        }
        guard written > 0 else {
          var error = ByteStore.systemError(folder, "the inflated copy cannot be written")
          error.advice = "make room, or name another folder for temporary files"
          throw error
        }
        done += written
      }
      place = piece.endIndex
    }
  }
}
