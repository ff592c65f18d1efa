import LinuxKernel
import PageTables

extension ExplorerService {
  /// The answer to a question, by its path.
  func picture(_ path: String, _ query: String) throws(ExplorerError) -> ExplorerAnswer {
    switch path {
    case "/source": try Self.encode(sourcePicture(ExplorerQuery(query, names: ["from"])))
    case "/strip":
      try Self.encode(strip(ExplorerQuery(query, names: ["pid", "from", "to", "columns"])))
    case "/walk":
      try Self.encode(walk(ExplorerQuery(query, names: ["pid", "address"])))
    case "/table":
      try Self.encode(table(ExplorerQuery(query, names: ["pid", "address", "level"])))
    case "/compare":
      try Self.encode(comparison(ExplorerQuery(query, names: ["from", "count"])))
    case "/frames":
      try Self.encode(frameMap(ExplorerQuery(query, names: ["from", "count"])))
    case "/frame": try Self.encode(frame(ExplorerQuery(query, names: ["frame"])))
    case "/audit":
      try Self.encode(known(ExplorerQuery(query, names: []), audit))
    case "/stats":
      try Self.encode(known(ExplorerQuery(query, names: []), statistics))
    case "/lab/stories":
      try Self.encode(stories(ExplorerQuery(query, names: [])))
    case "/lab/step":
      try labStep(ExplorerQuery(query, names: ["session", "step"]))
    default: throw ExplorerError(.notFound, "nothing answers to '\(path.prefix(80))'")
    }
  }

  private func known<Value>(
    _ query: ExplorerQuery, _ work: Background<Value>
  ) throws(ExplorerError) -> Value {
    _ = try knownKernel()
    return try work.value(patience: patience)
  }

  private func sourcePicture(_ query: ExplorerQuery) throws(ExplorerError) -> SourcePicture {
    let from = Int(try query.number("from", in: 0...1 << 24) ?? 0)
    do throws(ExplorerError) {
      let kernel = try knownKernel()
      let space = try? request.resolve(in: source)
      var picture = SourcePicture(source, space: space, kernel: kernel, from: from)
      if hasKernelToFind, kernel == nil {
        do throws(ExplorerError) {
          _ = try self.kernel.value(patience: patience)
        } catch {
          picture.doubts.append(error.message)
        }
      }
      return picture
    } catch {
      // The page's top shows at once what is known without a search.
      guard error.kind == .busy else { throw error }
      var picture = SourcePicture(source, space: nil, kernel: nil, from: from)
      picture.busy = self.kernel.busy
      return picture
    }
  }

  private func address(_ query: ExplorerQuery) throws(ExplorerError) -> VirtualAddress {
    VirtualAddress(try query.required(try query.address("address"), "address"))
  }

  private func walk(_ query: ExplorerQuery) throws(ExplorerError) -> WalkPicture {
    let address = try address(query)
    return WalkPicture(address, in: try space(query.text("pid")), of: source)
  }

  private func table(_ query: ExplorerQuery) throws(ExplorerError) -> TablePicture {
    let address = try address(query)
    let level = try query.required(query.text("level"), "level")
    return try TablePicture(address, level: level, in: try space(query.text("pid")), of: source)
  }

  private func strip(_ query: ExplorerQuery) throws(ExplorerError) -> StripPicture {
    let from = try query.address("from")
    let to = try query.address("to")
    let columns = try query.number("columns", in: 16...1024) ?? 1024
    let space = try space(query.text("pid"))
    var range: Stretch?
    if from != nil || to != nil {
      let highest = space.format.region(space.format.regionCount - 1).last.rawValue
      let first = from ?? 0
      let last = to.map { $0 &- 1 } ?? highest
      guard first <= last, first <= highest else {
        throw ExplorerError(.badRequest, "'from' is not before 'to'; give a range of addresses")
      }
      range = Stretch(first: first, last: min(last, highest))
    }
    let kernel = try knownKernel()
    let border = KernelBorder(source, kernel: kernel, format: space.format)
    var areas: [StripPicture.Area] = []
    if let kernel, let pid = space.process?.pid, let task = kernel.process(pid) {
      areas = kernel.areas(of: task).areas.map { StripPicture.Area($0) }
    }
    var isWithoutRegions = false
    if let bottom = border.kernelBottom, range.map({ $0.last >= bottom }) ?? true {
      if let regions = knownRegions() {
        areas += regions.regions.map {
          StripPicture.Area(
            first: $0.first.rawValue, last: $0.last.rawValue,
            name: $0.name + ($0.owner.map { " (\($0))" } ?? ""),
            flags: nil)
        }
      } else {
        isWithoutRegions = regions.busy != nil
      }
    }
    areas.sort { $0.first < $1.first }
    var picture = StripPicture(
      space, of: source, range: range, areas: areas, border: border.kernelBottom,
      isKernel: query.text("pid") == "kernel", columnCount: Int(columns))
    if isWithoutRegions { picture.busy = regions.busy }
    return picture
  }

  private func comparison(_ query: ExplorerQuery) throws(ExplorerError) -> ComparePicture {
    let from = Int(try query.number("from", in: 0...1 << 24) ?? 0)
    let count = Int(try query.number("count", in: 1...UInt64(ComparePicture.rowLimit)) ?? 64)
    _ = try knownKernel()
    let compared = try compared.value(patience: patience)
    let known = knownRegions()
    var picture = ComparePicture(compared, regions: known, from: from, count: count)
    if known == nil { picture.busy = regions.busy }
    return picture
  }

  private func frameMap(_ query: ExplorerQuery) throws(ExplorerError) -> FramesPicture {
    let from = try query.frame("from")
    let count = try query.number("count", in: 1...1 << 40)
    _ = try knownKernel()
    let census = try census.value(patience: patience)
    var range: Range<UInt64>?
    if from != nil || count != nil {
      let first = from ?? census.frames.lowerBound
      let end = count.map { first + $0 } ?? max(first, census.frames.upperBound)
      range = first..<min(end, max(first, census.frames.upperBound))
      guard range?.isEmpty == false else {
        throw ExplorerError(
          .badRequest,
          "frame \(first) is behind the last of RAM, which is \(census.frames.upperBound &- 1)")
      }
    }
    return FramesPicture(census, levelNames: try levelNames(), range: range, notes: census.gaps)
  }

  private func levelNames() throws(ExplorerError) -> [String] {
    do throws(SourceError) {
      let format = try source.pageTables().format
      return (0..<format.levelCount).map { "\(format.level($0).name)" }
    } catch {
      throw ExplorerError(error)
    }
  }

  private func frame(_ query: ExplorerQuery) throws(ExplorerError) -> FramePicture {
    let number = try query.required(try query.frame("frame"), "frame")
    let search = try known(query, frames)
    guard let physical = search.physical(frame: number) else {
      throw ExplorerError(.badRequest, "there is no frame \(number): its address has more than 64 bits")
    }
    return FramePicture(search.report(of: physical), frame: number)
  }
}

extension StripPicture.Area {
  init(_ area: LinuxKernel.Area) {
    // VM_GROWSDOWN, include/linux/mm.h.
    let isStack = (area.flags ?? 0) & 0x100 != 0
    self.init(
      first: area.first.rawValue, last: area.last.rawValue,
      name: area.path ?? (isStack ? "[stack]" : area.hasFile == true ? "a file" : "anonymous"),
      flags: area.permissions ?? "")
  }
}
