public import PageTables

extension TypeInformation {
  /// What a search came to.
  public struct Search: Sendable {
    /// The kernel's types, if they were found.
    public var types: TypeInformation?
    /// Where they stand, and where further copies do.
    public var places: [PhysicalAddress] = []
    public var evidence: Evidence?
    public var rejected: [Rejection] = []
  }

  /// A kernel's types take megabytes, a module's at most some tens of KB.
  private static let leastTypeBytes = 100_000
  /// How many large tables are looked at.
  private static let tableLimit = 16

  /// Looks at every place where a scan saw the header of BTF: 9f eb 01 00, then the header's size.
  ///
  /// Modules have small tables that continue the kernel's and are passed over. What the decompressor left
  /// behind looks alike but is partly overwritten, so a table counts only if all of it can be read and is
  /// sound, and if it knows `task_struct`.
  public static func find(in memory: KernelMemory, headers: [PhysicalAddress]) -> Search {
    var search = Search()
    var tables = 0
    for place in headers {
      do throws(EvidenceError) {
        let subject = "BTF at 0x" + String(place.rawValue, radix: 16)
        guard let head = memory.searching.bytes(at: place, count: FileHeader.byteCount) else {
          throw EvidenceError(subject, nil, "cannot be read")
        }
        let header = try FileHeader(head, subject: subject)
        guard header.typeByteCount >= leastTypeBytes else {
          search.rejected.append(
            Rejection(place, "a module's types: only \(header.typeByteCount) bytes of them"))
          continue
        }
        tables += 1
        guard tables <= tableLimit else {
          throw EvidenceError(subject, nil, "not looked at: only \(tableLimit) large tables are")
        }
        guard header.endOffset <= limitBytes,
          let bytes = memory.searching.bytes(at: place, count: header.endOffset)
        else {
          throw EvidenceError(subject, nil, "not all \(header.endOffset) bytes can be read")
        }
        if let types = search.types, types.bytes == bytes {
          search.places.append(place)
          continue
        }
        let types = try TypeInformation(bytes: bytes, subject: subject)
        guard types.offset(of: "task_struct.pid") != nil else {
          throw EvidenceError(subject, nil, "no task_struct among \(types.count) types")
        }
        guard search.types == nil else {
          throw EvidenceError(subject, nil, "a second kernel's types, of which there are \(types.count)")
        }
        memory.keep(place, count: header.endOffset)
        search.types = types
        search.places = [place]
      } catch {
        search.rejected.append(Rejection(place, error.description))
      }
    }
    if let types = search.types, let first = search.places.first {
      let copies = search.places.count > 1 ? "; \(search.places.count - 1) equal copies" : ""
      search.evidence = Evidence(
        .btf, "\(types.count) types at 0x\(String(first.rawValue, radix: 16))\(copies)")
    }
    return search
  }
}
