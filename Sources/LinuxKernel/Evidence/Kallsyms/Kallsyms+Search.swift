public import PageTables

extension Kallsyms {
  /// What a search came to: the tables, the best confirmed one first, and the places that were none.
  public struct Search: Sendable {
    public var found: [Kallsyms] = []
    public var rejected: [Rejection] = []
  }

  /// How many places are looked at; a scan sees about ten.
  private static let placeLimit = 256

  /// Looks at every place where a scan saw the ten digits as tokens: `0` to `9`, each ended by a zero.
  ///
  /// The tables are found by their shape alone: 256 tokens and their index; markers that walking the names
  /// reproduces; a table of addresses that never falls. VMCOREINFO then confirms the places (since Linux 6.0)
  /// and tells where the image lies in virtual memory.
  ///
  /// Costs about 35 ms for 160,000 symbols. Reads at most some tens of MB around each place.
  ///
  /// - Parameters:
  ///   - vmcoreinfo: the kernel's own words, if there are any.
  ///   - imageOffset: virtual minus physical address of the kernel's image, if that is known otherwise.
  public static func find(
    in memory: KernelMemory, digitTokens: [PhysicalAddress], vmcoreinfo: VMCoreInfo? = nil,
    imageOffset: UInt64? = nil
  ) -> Search {
    var search = Search()
    for place in digitTokens.prefix(placeLimit) {
      do throws(KallsymsTokens.NotFound) {
        search.found.append(try Kallsyms(at: place, in: memory, vmcoreinfo, imageOffset))
      } catch {
        search.rejected.append(Rejection(place, error.reason))
      }
    }
    if digitTokens.count > placeLimit {
      search.rejected.append(
        Rejection(digitTokens[placeLimit], "only the first \(placeLimit) places are looked at"))
    }
    // Stable: of equals the one at the lowest address stays first.
    search.found.sort { ($0.doubts.count, $0.gaps.count) < ($1.doubts.count, $1.gaps.count) }
    return search
  }

  private init(
    at place: PhysicalAddress, in memory: KernelMemory, _ vmcoreinfo: VMCoreInfo?, _ givenOffset: UInt64?
  ) throws(KallsymsTokens.NotFound) {
    let tokens = try KallsymsTokens(around: place, in: memory)
    let names = try KallsymsNames(below: tokens, in: memory)
    let candidates = KallsymsAddresses.candidates(names: names, tokens: tokens, in: memory)
    guard let addresses = candidates.first else {
      throw KallsymsTokens.NotFound("tokens and \(names.count) names are there, but no table of addresses")
    }
    let told = vmcoreinfo?.symbol("kallsyms_token_table").map { $0 &- tokens.table }
    let offset = told ?? vmcoreinfo?.imageOffset ?? givenOffset
    let isPlaced = addresses.encoding == .relativeToPlace
    let mask = (vmcoreinfo?.symbol("_stext") ?? .max) >> 32 == 0 ? 0xffff_ffff : UInt64.max
    let decoded = try Self.decode(
      names: names, tokens: tokens, addresses: addresses.values, offset: isPlaced ? offset ?? 0 : 0,
      mask: mask)

    symbols = SymbolTable(decoded.builder)
    parts = Parts(
      addresses: PhysicalAddress(addresses.place),
      relativeBase: addresses.basePlace.map { PhysicalAddress($0) },
      symbolCount: PhysicalAddress(names.countPlace), names: PhysicalAddress(names.start),
      markers: PhysicalAddress(names.markersPlace), tokenTable: PhysicalAddress(tokens.table),
      tokenIndex: PhysicalAddress(tokens.index))
    encoding = addresses.encoding
    order = addresses.order
    symbolCount = names.count
    hasLongLengths = names.hasLongLengths
    imageOffset = offset
    hasPhysicalAddresses = isPlaced && offset == nil
    gaps = decoded.gaps
    doubts = []
    evidence = Evidence(.kallsyms, "")
    if candidates.count > 1 {
      doubts.append(
        "\(candidates.count) tables of addresses fit the names; the other is "
          + "\(candidates[1].encoding.rawValue), \(candidates[1].order.rawValue)")
    }
    let confirmed = vmcoreinfo.map { compare(with: $0) } ?? []
    evidence.detail =
      "\(symbolCount) symbols at \(hexadecimal(tokens.table)), \(encoding.rawValue), \(order.rawValue)"
      + (confirmed.isEmpty ? "" : "; VMCOREINFO agrees on \(confirmed.joined(separator: ", "))")
  }

  /// Compares places and symbols with VMCOREINFO's: what agrees is returned, what does not is a doubt.
  private mutating func compare(with vmcoreinfo: VMCoreInfo) -> [String] {
    var confirmed: [String] = []
    if let imageOffset {
      let places: [(String, PhysicalAddress?)] = [
        ("kallsyms_names", parts.names), ("kallsyms_num_syms", parts.symbolCount),
        ("kallsyms_token_index", parts.tokenIndex), ("kallsyms_offsets", parts.addresses),
        ("kallsyms_relative_base", parts.relativeBase),
      ]
      for (name, place) in places {
        guard let place, let symbol = vmcoreinfo.symbol(name) else { continue }
        weigh(name, place.rawValue &+ imageOffset, symbol, &confirmed)
      }
      if let other = vmcoreinfo.imageOffset {
        weigh("the image's offset", imageOffset, other, &confirmed)
      }
    }
    for name in ["_stext", "swapper_pg_dir", "init_uts_ns"] where !hasPhysicalAddresses {
      guard let symbol = vmcoreinfo.symbol(name) else { continue }
      let found = symbols.addresses(of: name)
      // Kernels without CONFIG_KALLSYMS_ALL have only those of code.
      if !found.isEmpty { weigh(name, found.contains(symbol) ? symbol : found[0], symbol, &confirmed) }
    }
    return confirmed
  }

  private mutating func weigh(_ name: String, _ here: UInt64, _ there: UInt64, _ confirmed: inout [String]) {
    let mask = there >> 32 == 0 ? 0xffff_ffff : UInt64.max
    if here & mask == there & mask {
      confirmed.append(name)
    } else {
      doubts.append(
        "\(name) is \(hexadecimal(here & mask)) by kallsyms and \(hexadecimal(there)) by VMCOREINFO")
    }
  }
}
