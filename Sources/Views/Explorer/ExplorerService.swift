import Foundation
import LinuxKernel
import PageTables

/// What the explorer's page asks: one source, and its answers as JSON.
///
/// The server hands requests on to it and `report` puts its answers into a file, so both show the same. What takes
/// long is worked out once, in the background: who asks meanwhile is told to ask again. Any number of threads may
/// ask at once.
public final class ExplorerService: Sendable {
  public let source: Source
  let request: SpaceRequest
  let patience: Patience
  let kernel: Background<any KernelKnowledge>
  let regions: Background<KernelRegionMap?>
  let compared: Background<ComparedProcesses>
  let census: Background<FrameCensus>
  let frames: Background<FrameSearch>
  let audit: Background<AuditPicture>
  let statistics: Background<StatisticsPicture>
  let sessions = LabSessions()

  /// - Parameters:
  ///   - space: the address space that is meant where a request names no process: `--root`, `--cpu`.
  ///   - waits: whether answers wait for what must be worked out, as long as it takes.
  public init(_ source: Source, space: SpaceRequest = SpaceRequest(), waits: Bool = false) {
    self.source = source
    request = space
    patience = waits ? .endless : .short
    kernel = Background("the kernel is being looked for") { _ throws(SourceError) in try source.knowKernel() }
    regions = Background("the kernel's regions are being looked for") { _ throws(SourceError) in
      if source.told == nil, source.finder == nil {
        return source.kernel.map { RegionSearch($0, in: source).find() }
      }
      return try source.kernelRegions()
    }
    compared = Background("the processes are being compared") { _ throws(SourceError) in
      try ComparedProcesses(source)
    }
    let frames = Background("the reverse map is being made") { progress throws(SourceError) in
      try FrameSearch(source, progress: progress)
    }
    self.frames = frames
    census = Background("the frames are being counted") { progress throws(SourceError) in
      // Where the kernel's records of frames are is found by the reverse map.
      guard source.finder != nil else { return try FrameCensus(source, search: nil, progress: progress) }
      return try FrameCensus(source, search: try frames.result(), progress: progress)
    }
    audit = Background("the audit is running") { _ throws(SourceError) in try AuditPicture(source) }
    statistics = Background("the tables are being counted") { _ throws(SourceError) in
      try StatisticsPicture(source)
    }
  }

  /// Begins with what every view needs: the search for the kernel.
  public func start() {
    if hasKernelToFind { kernel.start() }
  }

  /// Tells how far the search for the kernel is, for a page that waits for it.
  public func note(searchProgress share: Double) { kernel.note(progress: share) }

  /// Whether there is a kernel, told or to be found, and not only address spaces.
  var hasKernelToFind: Bool { source.told != nil || source.finder != nil || source.listed != nil }

  /// What is known of the kernel; nil if there is none.
  ///
  /// - Throws: if it is still being looked for.
  func knownKernel() throws(ExplorerError) -> (any KernelKnowledge)? {
    guard hasKernelToFind else { return nil }
    do throws(ExplorerError) {
      return try kernel.value(patience: patience)
    } catch {
      guard error.kind != .busy else { throw error }
      return nil
    }
  }

  /// The regions; nil if there are none, or they are still being looked for: what is asked beside them is shown at
  /// once, and does not wait.
  func knownRegions() -> KernelRegionMap? {
    regions.start()
    guard case .endless = patience else { return regions.known ?? nil }
    return (try? regions.value(patience: patience)) ?? nil
  }

  /// The address space of a request.
  ///
  /// - Parameter process: a PID, `kernel`, or nil for the one that the command line named.
  func space(_ process: String?) throws(ExplorerError) -> AddressSpace {
    _ = try knownKernel()
    var request = request
    if let process {
      request.process = process
      (request.root, request.cpu) = (nil, nil)
    }
    do throws(SourceError) {
      return try request.resolve(in: source)
    } catch {
      throw ExplorerError(process == nil ? .conflict : .notFound, error.description)
    }
  }

  // MARK: Answers

  /// Answers a question.
  ///
  /// - Parameters:
  ///   - path: without `/api`: `/walk`.
  ///   - query: what follows the question mark.
  public func answer(_ path: String, query: String = "") -> ExplorerAnswer {
    do throws(ExplorerError) {
      return try picture(path, query)
    } catch {
      return Self.answer(error)
    }
  }

  /// An error as an answer.
  public static func answer(_ error: ExplorerError) -> ExplorerAnswer {
    struct Message: Encodable {
      struct Text: Encodable { var message: String }
      var error: Text
    }
    guard error.kind == .busy else {
      return encode(Message(error: .init(message: error.message)), status: error.kind.rawValue)
    }
    var answer = encode(["busy": error.message], status: error.kind.rawValue)
    answer.retryAfterSeconds = 1
    return answer
  }

  static func encode(_ picture: some Encodable, status: Int = 200) -> ExplorerAnswer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Pictures hold strings, finite numbers and Booleans: nothing that can fail to encode.
    let data = (try? encoder.encode(picture)) ?? Data("{}".utf8)
    return ExplorerAnswer(status: status, body: Array(data))
  }
}
