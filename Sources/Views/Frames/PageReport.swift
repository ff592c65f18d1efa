import LinuxKernel
import PageTables

/// What the kernel keeps about a frame, beside what its page tables show.
public struct PageReport: Encodable, Sendable {
  /// Where the `struct page` is.
  public var address: JSONAddress
  /// Names of the flags that are set.
  public var flags: [String]
  /// The flags' word, with zone, node and section.
  public var flagsWord: JSONAddress
  /// Flags that are set and have no name here may be missing.
  public var flagsIncomplete: Bool?
  public var mapCount: Int?
  /// What a frame without a map count is used for.
  public var type: String?
  public var referenceCount: Int
  public var compound: Bool?
  /// How many mappings by programs were found.
  public var mappingsFound: Int
  /// Whether that is the map count; absent where the two are not about the same.
  public var agrees: Bool?

  init(_ record: FrameRecord, mappingsFound: Int, isWhole: Bool) {
    address = JSONAddress(record.address.rawValue)
    flags = record.flags
    flagsWord = JSONAddress(record.flagsWord)
    flagsIncomplete = record.namesAllFlags ? nil : true
    mapCount = record.mapCount
    type = record.type
    referenceCount = record.referenceCount
    compound = record.isCompound ? true : nil
    self.mappingsFound = mappingsFound
    // Of reserved frames (the zero page) and compound pages the kernel keeps no count, or keeps it elsewhere.
    guard let count = record.mapCount, !record.isCompound, !record.flags.contains("reserved"), isWhole else {
      return
    }
    // What Linux counts and the hardware does not take (PROT_NONE, ARM's old pages) is in no table's mappings.
    guard count <= mappingsFound else { return }
    agrees = count == mappingsFound
  }

  /// Why the map count and the mappings found are not compared.
  private var reason: String {
    if compound == true { return "part of a compound page: not compared" }
    if flags.contains("reserved") { return "reserved: not compared" }
    guard let mapCount, mapCount > mappingsFound else { return "tables are missing: not compared" }
    return
      "\(mappingsFound) found: the others are entries that the hardware does not take, or tables that are missing"
  }

  /// One line for a person.
  var text: String {
    var parts: [String] = []
    if let mapCount {
      switch agrees {
      case true?: parts.append("mapcount \(mapCount), as found")
      case false?: parts.append("mapcount \(mapCount), but \(mappingsFound) mappings by programs were found")
      case nil: parts.append("mapcount \(mapCount) (\(reason))")
      }
    }
    if let type { parts.append("type \(type)") }
    parts.append("refcount \(referenceCount)")
    parts.append(
      "flags " + (flags.isEmpty ? "none" : flags.joined(separator: " "))
        + (flagsIncomplete == true ? " (others have no name here)" : ""))
    return parts.joined(separator: "; ")
  }
}
