import Foundation
import LinuxKernel
public import PageTables

/// The explorer's page as one file: its style and modules in it, and the answers to what it asks. It needs no server
/// and asks nothing of the network.
public struct ExplorerReport: Sendable {
  /// A walk to have in it.
  public struct Walk: Sendable {
    /// A PID, or `kernel`.
    public var process: String
    public var address: VirtualAddress

    public init(process: String, address: VirtualAddress) {
      self.process = process
      self.address = address
    }
  }

  private let service: ExplorerService
  /// JSON by question.
  private var answers: [(question: String, json: String)] = []
  private var byteCount = 0
  /// What was left out, in sentences.
  public private(set) var notes: [String] = []

  /// Larger reports open slowly; what does not fit is left out, and the report says so.
  static let byteLimit = 64 << 20
  /// So many processes are in it with their address spaces.
  static let processLimit = 64

  /// Asks everything that goes into the report. That takes as long as it takes.
  ///
  /// - Throws: if there is no such process, or the source cannot be read.
  public init(_ source: Source, space: SpaceRequest = SpaceRequest(), walks: [Walk]) throws(SourceError) {
    service = ExplorerService(source, space: space, waits: true)
    try add("/source")
    for walk in walks { try add(walk) }
    for question in ["/compare?count=64&from=0", "/frames", "/audit", "/stats", "/lab/stories"] {
      // A source without a kernel has no comparison; the page shows the sentence that says so.
      addWhatever(question)
    }
    addWhatever("/strip?pid=kernel")
    let processes = Self.processes(of: source)
    for pid in processes.prefix(Self.processLimit) { addWhatever("/strip?pid=\(pid)") }
    if processes.count > Self.processLimit {
      notes.append("\(processes.count - Self.processLimit) processes' address spaces are left out")
    }
  }

  private static func processes(of source: Source) -> [Int] {
    guard let kernel = try? source.knowKernel() else { return source.spaces.compactMap { $0.process?.pid } }
    return kernel.tasks.filter { $0.pid != 0 && $0.pid == $0.tgid && kernel.living($0).root != nil }.map(
      \.pid)
  }

  private mutating func add(_ walk: Walk) throws(SourceError) {
    let space: AddressSpace
    do throws(ExplorerError) {
      space = try service.space(walk.process)
    } catch {
      throw SourceError(error.message)
    }
    // The page knows processes by their PIDs, whatever the command line called them.
    let process = "pid=\(space.process.map { "\($0.pid)" } ?? walk.process)"
    let place = "address=\(prefixedHexadecimal(walk.address.rawValue))"
    try add("/walk?\(place)&\(process)")
    addWhatever("/strip?\(process)")
    let translation = space.walker.translate(walk.address, in: service.source.memory)
    for step in translation.steps.elements {
      try add("/table?\(place)&level=\(space.format.level(step.depth).name)&\(process)")
    }
    if let physical = translation.mapping?.physical {
      let frame = physical.rawValue >> UInt64(space.format.pageSizeBits)
      addWhatever("/frame?frame=\(prefixedHexadecimal(frame))")
    }
  }

  /// Asks, and keeps the answer.
  ///
  /// - Throws: if the answer is an error.
  private mutating func add(_ question: String) throws(SourceError) {
    let answer = ask(question)
    let json = String(decoding: answer.body, as: UTF8.self)
    guard answer.status == 200 else { throw SourceError(Self.message(json)) }
    keep(question, json)
  }

  private mutating func addWhatever(_ question: String) {
    keep(question, String(decoding: ask(question).body, as: UTF8.self))
  }

  private func ask(_ question: String) -> ExplorerAnswer {
    let parts = question.split(separator: "?", maxSplits: 1)
    return service.answer(String(parts[0]), query: parts.count == 2 ? String(parts[1]) : "")
  }

  private mutating func keep(_ question: String, _ json: String) {
    guard !answers.contains(where: { $0.question == question }) else { return }
    guard byteCount + json.utf8.count <= Self.byteLimit else {
      notes.append(
        "\(question) is left out: the report would be larger than \(sizeText(UInt64(Self.byteLimit)))")
      return
    }
    byteCount += json.utf8.count
    answers.append((question, json))
  }

  /// The sentence in an error.
  private static func message(_ json: String) -> String {
    struct Answer: Decodable {
      struct Text: Decodable { var message: String }
      var error: Text
    }
    return (try? JSONDecoder().decode(Answer.self, from: Data(json.utf8)))?.error.message ?? json
  }

  // MARK: The file

  /// The page as one file of HTML.
  ///
  /// - Throws: if the page in the program is not put together as this expects it.
  public func html() throws(SourceError) -> String {
    guard var page = PageFile.named("index.html")?.text else {
      throw SourceError("the page is not in the program")
    }
    var modules: [String] = []
    for file in PageFile.all where file.name.hasSuffix(".js") {
      let address = "data:text/javascript;base64," + Data(file.bytes).base64EncodedString()
      modules.append("\"pagewalk/\(file.name.dropLast(3))\":\"\(address)\"")
    }
    let style = PageFile.named("style.css")?.text ?? ""
    try Self.replace(
      "<link rel=\"stylesheet\" href=\"/assets/style.css\">", through: nil, in: &page,
      with: "<style>\n\(style)</style>")
    try Self.replace(
      "<script type=\"importmap\">", through: "</script>", in: &page,
      with: "<script type=\"importmap\">{\"imports\":{\(modules.joined(separator: ","))}}</script>")
    try Self.replace(
      "<script type=\"module\" src=\"/assets/app.js\"></script>", through: nil, in: &page,
      with: "<script type=\"module\">import \"pagewalk/app\";</script>")
    try Self.replace(
      "</head>", through: nil, in: &page,
      with: "<script type=\"application/json\" id=\"answers\">\(embedded)</script>\n</head>")
    // Nothing but what is in the file; whatever the answers say.
    try Self.replace(
      "<head>", through: nil, in: &page,
      with: "<head>\n  <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        + "script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:\">")
    return page
  }

  /// The answers as one object. A file's name may say `</script>`: every `<` is written so that HTML does not see it.
  private var embedded: String {
    let members = answers.map { question, json in
      "\"\(question)\":\(json)"
    }
    return "{\(members.joined(separator: ",\n"))}".replacing("<", with: "\\u003c")
  }

  /// Replaces the first occurrence of a text, or of what begins with it and ends with another.
  private static func replace(
    _ text: String, through end: String?, in page: inout String, with replacement: String
  ) throws(SourceError) {
    guard let start = page.range(of: text) else {
      throw SourceError("the page in the program lacks '\(text)'")
    }
    var upper = start.upperBound
    if let end {
      guard let found = page.range(of: end, range: upper..<page.endIndex) else {
        throw SourceError("the page in the program lacks '\(end)' behind '\(text)'")
      }
      upper = found.upperBound
    }
    page.replaceSubrange(start.lowerBound..<upper, with: replacement)
  }
}
