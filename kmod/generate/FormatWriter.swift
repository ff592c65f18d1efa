/// Prints one format as C tables, the parts before the whole.
struct FormatWriter {
  let format: PagingFormat
  /// What the names of its tables begin with.
  let prefix: String

  func write() {
    let levels = format.levels.elements
    for (depth, level) in levels.enumerated() { write(level, depth: depth) }
    write("level", "levels", levels.enumerated().map { row($1, depth: $0) })
    write(
      "region", "regions",
      format.regions.elements.map {
        """
        { .first = \(hex($0.first.rawValue)), .last = \(hex($0.last.rawValue)), \
        .root = \($0.root.rawValue), .first_depth = \($0.firstDepth), .first_index_bits = \($0.firstIndexBits) }
        """
      })
    writeAccessTables()
    writeFieldTables()
    write(
      "implication", "implications",
      format.implications.elements.map {
        "{ .when = \($0.when.rawValue), .denies = \($0.denies.rawValue) }"
      })
    writeEras()
    print(
      """
      static const struct pagewalk_format \(prefix) = {
      	.name = "\(format.name)",
      	.levels = \(prefix)_levels, .level_count = \(levels.count),
      	.regions = \(prefix)_regions, .region_count = \(format.regions.count),
      	.access_tables = \(prefix)_access, .access_table_count = \(format.accessTables.count),
      	.field_tables = \(prefix)_fields, .field_table_count = \(format.fieldTables.count),
      	.implications = \(prefix)_implications, .implication_count = \(format.implications.count),
      	.eras = \(prefix)_eras, .era_count = \(format.notPresentTables.count),
      	.page_size_bits = \(format.pageSizeBits), .address_bits = \(format.addressBits),
      	.virtual_bits = \(format.virtualAddressBits),
      };

      """)
  }

  private func write(_ level: Level, depth: Int) {
    write("rule", "rules\(depth)", level.rules.elements.map(row))
    if level.software.groupByteCount > 0 {
      write("rule", "software\(depth)", [row(level.software.present)])
    }
  }

  private func row(_ level: Level, depth: Int) -> String {
    var row = """
      { .name = "\(level.name)", .architecture_name = "\(level.architectureName)", \
      .folded_names = "\(level.foldedNames)", .rules = \(prefix)_rules\(depth), \
      .rule_count = \(level.rules.count), .shift = \(level.shift), .index_bits = \(level.indexBits), \
      .entry_size_bits = \(level.entryByteCount == 8 ? 3 : 2)
      """
    if level.software.groupByteCount > 0 {
      row += """
        , .software = \(prefix)_software\(depth), .software_offset = \(level.software.offsetBytes), \
        .software_group = \(level.software.groupByteCount)
        """
    }
    return row + " }"
  }

  private func row(_ rule: EntryRule) -> String {
    let runs = [rule.address.first, rule.address.second, rule.address.third].map {
      "{ \($0.lowBit), \($0.bitCount), \($0.addressLowBit) }"
    }
    return """
      { .mask = \(hex(rule.mask)), .match = \(hex(rule.match)), .reserved = \(hex(rule.reserved)), \
      .name = "\(rule.name)", .runs = { \(runs.joined(separator: ", ")) }, .kind = \(rule.kind.rawValue), \
      .size_bits = \(rule.sizeBits), .access_table = \(rule.accessTable), \
      .field_table = \(rule.fieldTable) }
      """
  }

  private func writeAccessTables() {
    for (number, table) in format.accessTables.elements.enumerated() {
      write(
        "access_rule", "access\(number)",
        table.rules.elements.map {
          "{ .mask = \(hex($0.mask)), .match = \(hex($0.match)), .denies = \($0.denies.rawValue) }"
        })
    }
    write(
      "access_table", "access",
      format.accessTables.elements.enumerated().map {
        "{ .rules = \(prefix)_access\($0), .rule_count = \($1.rules.count) }"
      })
  }

  private func writeFieldTables() {
    for (number, table) in format.fieldTables.elements.enumerated() {
      write(
        "field", "fields\(number)",
        table.fields.elements.map {
          "{ .name = \"\($0.name)\", .low_bit = \($0.lowBit), .bit_count = \($0.bitCount) }"
        })
    }
    write(
      "field_table", "fields",
      format.fieldTables.elements.enumerated().map {
        "{ .fields = \(prefix)_fields\($0), .field_count = \($1.fields.count) }"
      })
  }

  private func writeEras() {
    let eras = format.notPresentTables
    for (number, era) in eras.enumerated() {
      write(
        "absent_rule", "absent\(number)",
        era.rules.elements.map {
          """
          { .mask = \(hex($0.mask)), .match = \(hex($0.match)), .offset_bits = \(hex($0.offsetBits)), \
          .kind = \($0.kind.rawValue), .type_low_bit = \($0.typeLowBit), \
          .type_bit_count = \($0.typeBitCount), .first_type = \($0.firstType), \
          .last_type = \($0.lastType), .offset_low_bit = \($0.offsetLowBit), \
          .offset_bit_count = \($0.offsetBitCount), .offset_is_inverted = \($0.offsetIsInverted ? 1 : 0) }
          """
        })
    }
    write(
      "era", "eras",
      eras.enumerated().map {
        """
        { .name = "\($1.era)", .rules = \(prefix)_absent\($0), .rule_count = \($1.rules.count), \
        .major = \($1.since.major), .minor = \($1.since.minor) }
        """
      })
  }

  /// Prints an array of `struct pagewalk_TYPE`.
  private func write(_ type: String, _ name: String, _ rows: [String]) {
    print("static const struct pagewalk_\(type) \(prefix)_\(name)[] = {")
    for row in rows { print("\t\(row),") }
    print("};")
  }

  private func hex(_ value: UInt64) -> String { "0x\(String(value, radix: 16))ULL" }
}
