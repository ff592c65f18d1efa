import MemoryImages
import PageTables

/// Finds the fastest way to a machine's RAM: the file that it lies in, mapped; QEMU's own memory; the debugger stub.
///
/// What QEMU says about files is not believed: bytes that its monitor prints are compared.
struct MemoryLadder {
  let control: MachineControl
  let backends: [MemoryBackend]
  let pieces: [RAMPiece]
  /// Why the rungs so far cannot be used.
  private var reasons: [String] = []

  init(control: MachineControl, backends: [MemoryBackend], pieces: [RAMPiece]) {
    self.control = control
    self.backends = backends.filter { backend in pieces.contains { $0.backend == backend.id } }
    self.pieces = pieces
  }

  /// The first way that works.
  ///
  /// - Throws: if none does, with the reasons.
  mutating func climb() throws(VirtualMachineError) -> MemoryAccess {
    if let access = try mappedFiles() { return access }
    if let access = try processMemory() { return access }
    if let access = try stubMemory() { return access }
    throw VirtualMachineError(
      control.machineProtocol.channel.name, "its RAM cannot be read: " + reasons.joined(separator: "; "),
      advice: "run this as root or as QEMU's user, or with --pause, or give the machine RAM in a file: "
        + "-object memory-backend-memfd,id=ram0,share=on,size=SIZE -machine memory-backend=ram0")
  }

  private func access(_ memory: any PhysicalMemory & Sendable, _ how: String) -> MemoryAccess {
    MemoryAccess(memory: memory, notes: [how] + reasons)
  }

  // MARK: Files

  private mutating func mappedFiles() throws(VirtualMachineError) -> MemoryAccess? {
    var files: [BackendFile] = []
    for backend in backends {
      guard backend.isShared, backend.kind != .other else {
        reasons.append(
          "RAM '\(backend.id)' is in no file that is shared (memory-backend-file or -memfd, share=on)")
        return nil
      }
      var lookup = BackendFileSearch(backend, processID: control.processID)
      let file = try lookup.first { file throws(VirtualMachineError) in
        guard let memory = map([file]) else { return false }
        return try isSame(memory, pieces.filter { $0.backend == backend.id })
      }
      guard let file else {
        reasons.append(lookup.reason)
        return nil
      }
      files.append(file)
    }
    guard let memory = map(files) else { return nil }
    let how = "RAM is mapped from \(files.map(\.name).joined(separator: ", "))"
    // What stands still can be lent where it lies.
    return control.isStopped ? access(memory, how) : access(ChangingMemory(base: memory), how)
  }

  private func map(_ files: [BackendFile]) -> MappedMemory? {
    let places = pieces.compactMap { piece in
      files.firstIndex { $0.backend.id == piece.backend }.map { index in
        MappedMemory.FilePiece(
          range: piece.range, file: index, offset: piece.offset &+ files[index].backend.fileOffset)
      }
    }
    return try? MappedMemory(mapping: files.map { ($0.descriptor, $0.name) }, pieces: places)
  }

  // MARK: Process

  private mutating func processMemory() throws(VirtualMachineError) -> MemoryAccess? {
    guard let processID = control.processID else {
      reasons.append("QEMU is on another machine")
      return nil
    }
    let reader: ProcessReader
    do throws(VirtualMachineError) {
      reader = try ProcessReader(processID: processID)
    } catch {
      reasons.append(error.description)
      return nil
    }
    var places: [ReadMemory<ProcessReader>.Piece] = []
    for piece in pieces {
      let address = "0x" + String(piece.range.lowerBound, radix: 16)
      let answer = try control.machineProtocol.monitor("gpa2hva \(address)")
      guard let match = answer.firstMatch(of: /\bis 0x([0-9a-f]{1,16})\b/),
        let position = UInt64(match.1, radix: 16)
      else {
        reasons.append("'gpa2hva \(address)' is answered with '\(answer.prefix(60))'")
        return nil
      }
      places.append(.init(range: piece.range, position: position))
    }
    let memory = ReadMemory(reader: reader, pieces: places)
    guard try isSame(memory, pieces) else {
      reasons.append("/proc/\(processID)/mem has other bytes than QEMU's monitor prints")
      return nil
    }
    return access(memory, "RAM is read from /proc/\(processID)/mem")
  }

  // MARK: Stub

  private mutating func stubMemory() throws(VirtualMachineError) -> MemoryAccess? {
    let stub: DebuggerStub
    do throws(VirtualMachineError) {
      stub = try control.debuggerStub(physicalAddresses: true)
    } catch {
      reasons.append(error.problem)
      return nil
    }
    let places = pieces.map {
      ReadMemory<StubReader>.Piece(range: $0.range, position: $0.range.lowerBound)
    }
    return access(
      ReadMemory(reader: StubReader(stub), pieces: places), "RAM is read through the debugger stub")
  }

  // MARK: Witness

  /// How many places are compared: each costs the monitor's answer, up to 50 ms while a machine is busy.
  private static let witnessLimit = 4

  /// Whether memory has the bytes that the monitor prints, at places spread over `pieces`.
  private func isSame(
    _ memory: some PhysicalMemory & Sendable, _ pieces: [RAMPiece]
  ) throws(VirtualMachineError) -> Bool {
    for place in Self.witnesses(in: memory, pieces) {
      // A machine that runs may write between two looks.
      var isEqual = false
      for _ in 0..<3 where !isEqual {
        let printed = try printed(place)
        isEqual = (try? memory.withBytes(at: PhysicalAddress(place), count: 16) { Self.bytes($0) }) == printed
      }
      guard isEqual else { return false }
    }
    return true
  }

  /// Places to compare: where memory is not zero, as far as that is found soon, since zeros are equal everywhere.
  private static func witnesses(in memory: some PhysicalMemory & Sendable, _ pieces: [RAMPiece]) -> [UInt64] {
    var places: [UInt64] = []
    var zeros: [UInt64] = []
    for piece in pieces where piece.range.upperBound - piece.range.lowerBound >= 4095 {
      let pageCount = (piece.range.upperBound - piece.range.lowerBound) / 4096 + 1
      let shareCount = min(pageCount, 64)
      for index in 0..<shareCount {
        // The first few are spread over all of it.
        let share = index * 37 % shareCount
        let place = piece.range.lowerBound + share * (pageCount / shareCount) * 4096
        let isZero = (try? memory.withBytes(at: PhysicalAddress(place), count: 16) { bytes($0) })?.allSatisfy
        { $0 == 0 }
        if isZero == false { places.append(place) } else { zeros.append(place) }
        if places.count >= witnessLimit { return places }
      }
    }
    return Array((places + zeros).prefix(witnessLimit))
  }

  private static func bytes(_ span: RawSpan) -> [UInt8] {
    stride(from: 0, to: span.byteCount, by: 4).flatMap { offset in
      let word = span.entry(atByteOffset: offset, byteCount: 4, order: .little) ?? 0
      return (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
    }
  }

  private func printed(_ address: UInt64) throws(VirtualMachineError) -> [UInt8] {
    let text = try control.machineProtocol.monitor("xp /16bx 0x\(String(address, radix: 16))")
    return text.matches(of: /\b0x([0-9a-f]{2})\b/).prefix(16).compactMap { UInt8($0.1, radix: 16) }
  }
}
