/// The JSON contract, as far as the commands that exist print it.
enum Contract {
  static let reasons = [
    "non-canonical", "absent", "swap", "migration", "protection-none", "guard", "hardware-poison", "excluded",
    "truncated", "outside-ram", "reserved-bits", "loop", "unreadable", "changing",
  ]

  static let walk = Fields(
    required: [
      "schema": .oneOf(["pagewalk.walk/1"]), "source": .text, "format": .text, "root": .address,
      "virtual": .address, "outcome": .oneOf(["mapped", "not-mapped", "unreadable", "invalid", "changing"]),
      "evidence": .text, "steps": .list(of: step),
    ],
    optional: [
      "process": .object(Fields(required: ["pid": .count, "command": .name])), "reason": .oneOf(reasons),
      "physical": .address, "pageSize": .count, "access": .access, "value": .bytes, "explanation": .text,
      "kernelEra": .text,
      "alsoLinux": .object(
        Fields(
          required: ["state": .text],
          optional: ["physical": .address, "swapType": .count, "swapOffset": .count])),
    ])

  static let step = Fields(
    required: [
      "level": .text, "architectureName": .text, "index": .count, "table": .address, "entryAddress": .address,
      "entry": .address, "meaning": .oneOf(["table", "leaf", "absent", "invalid", "unreadable"]),
      "flags": .texts,
    ],
    optional: [
      "folded": .texts, "entryKernelAddress": .address, "kind": .text, "next": .address, "access": .access,
      "linux": .object(
        Fields(
          required: ["index": .count, "entryAddress": .address],
          optional: ["entryKernelAddress": .address, "entry": .address, "flags": .texts])),
    ])

  static let mappedRange = Fields(
    required: [
      "schema": .oneOf(["pagewalk.range/1"]), "start": .address, "end": .address, "physical": .address,
      "pageSize": .count, "access": .access, "flags": .texts,
    ], optional: behindRange)

  /// What lies behind a range or a hole.
  private static let behindRange: [String: Shape] = [
    "region": .text,
    "area": .object(
      Fields(
        required: ["start": .address, "end": .address], optional: ["permissions": .text, "path": .text])),
  ]

  static let area = Fields(
    required: [
      "schema": .oneOf(["pagewalk.area/1"]), "start": .address, "end": .address, "presentBytes": .count,
      "hugeBytes": .count, "copyOnWriteBytes": .count,
    ],
    optional: [
      "permissions": .text, "flags": .address, "path": .text, "fileOffset": .count, "notPresentPages": .tally,
      "oldPages": .count, "unreadableBytes": .count,
    ])

  static let process = Fields(
    required: [
      "schema": .oneOf(["pagewalk.process/1"]), "pid": .count, "tgid": .count, "command": .name,
      "kind": .oneOf(["process", "kernel-thread", "zombie", "unknown"]), "kernelThread": .truth,
      "evidence": .text,
    ],
    optional: [
      "parent": .count, "root": .address, "borrows": .count, "cpu": .count, "tablePages": .tally,
      "presentBytes": .count, "hugeBytes": .count, "swapPages": .count, "incomplete": .truth,
      "doubts": .texts,
      "resident": .object(
        Fields(
          required: [
            "bytes": .count, "fileBytes": .count, "anonymousBytes": .count, "sharedMemoryBytes": .count,
            "swapPages": .count,
          ], optional: ["approximate": .truth])),
    ])

  static let methods: Shape = .oneOf([
    "user", "image", "system", "registers", "vmcoreinfo", "kallsyms", "System.map", "BTF", "shape",
    "page tables",
    "banner", "architecture",
  ])

  static let fact = Fields(
    required: [
      "schema": .oneOf(["pagewalk.fact/1"]), "name": .text, "value": .text, "method": methods,
      "detail": .text,
    ],
    optional: [
      "agreeing": .list(of: Fields(required: ["method": methods, "detail": .text])),
      "disagreeing": .list(of: Fields(required: ["value": .text, "method": methods, "detail": .text])),
    ])

  static let region = Fields(
    required: [
      "schema": .oneOf(["pagewalk.region/1"]), "start": .address, "end": .address,
      "kind": .oneOf(["region", "area", "unnamed"]), "mapped": .count, "access": .texts, "pageSizes": .counts,
    ],
    optional: [
      "name": .text, "owner": .text, "detail": .text,
      "evidence": .object(Fields(required: ["method": .text, "detail": .text])),
      "pages": .list(
        of: Fields(
          required: [
            "start": .address, "end": .address, "physical": .address, "pageSize": .count, "access": .access,
          ])),
      "pagesLeftOut": .count,
    ])

  static let hole = Fields(
    required: [
      "schema": .oneOf(["pagewalk.range/1"]), "start": .address, "end": .address, "hole": .truth,
      "reason": .oneOf(reasons),
    ], optional: behindRange)

  static let image = Fields(
    required: [
      "schema": .oneOf(["pagewalk.image/1"]), "source": .text,
      "kind": .oneOf(["elf", "kdump", "lime", "avml", "raw"]),
      "ranges": .list(
        of: Fields(
          required: [
            "start": .address, "end": .address,
            "state": .oneOf(["present", "excluded", "zero", "truncated"]),
          ])),
    ],
    optional: [
      "architecture": .text, "byteOrder": .oneOf(["little", "big"]), "kernelRelease": .text,
      "incomplete": .truth, "notes": .texts, "vmcoreinfo": .text, "rangesLeftOut": .count,
      "registers": .list(
        of: Fields(required: ["cpu": .count, "values": .addresses], optional: ["userMode": .truth])),
    ])

  static let memory = Fields(
    required: ["schema": .oneOf(["pagewalk.memory/1"]), "virtual": .address, "length": .count],
    optional: ["value": .bytes, "reason": .oneOf(reasons)])

  static let format = Fields(
    required: [
      "schema": .oneOf(["pagewalk.format/1"]), "name": .text, "summary": .text, "pageSize": .count,
      "kernelEra": .text,
      "levels": .list(
        of: Fields(
          required: [
            "level": .text, "architectureName": .text, "lowBit": .count, "highBit": .count,
            "entryBytes": .count,
            "leafSizes": .counts,
          ], optional: ["folded": .texts])),
      "addresses": .list(
        of: Fields(required: ["start": .address, "end": .address, "root": .oneOf(["lower", "upper"])])),
    ])

  static let comparison = Fields(
    required: [
      "schema": .oneOf(["pagewalk.comparison/1"]), "pid": .count, "command": .name, "root": .address,
      "master": .address, "sharing": .oneOf(["copies", "separate-roots"]), "evidence": .text,
    ],
    optional: [
      "kernelStart": .address, "entries": .count, "same": .count, "deferred": .list(of: comparedEntry),
      "stale": .list(of: comparedEntry), "different": .list(of: comparedEntry),
      "explained": .list(of: comparedEntry), "unreadable": .list(of: comparedEntry), "sharers": .counts,
      "userCopy": .object(
        Fields(required: ["root": .address, "user": .object(copiedPart), "kernel": .object(copiedPart)])),
    ])

  private static let copiedPart = Fields(
    required: ["entries": .count, "same": .count, "others": .list(of: comparedEntry)])

  static let comparedEntry = Fields(
    required: ["index": .count, "level": .text, "start": .address, "end": .address],
    optional: [
      "master": .address, "process": .address, "why": .text,
      "verdict": .oneOf(["deferred", "stale", "different", "explained", "unreadable"]),
    ])

  static let shortWalk = Fields(
    required: [
      "virtual": .address, "outcome": .oneOf(["mapped", "not-mapped", "unreadable", "invalid", "changing"]),
      "steps": .list(
        of: Fields(required: ["level": .text, "index": .count, "entryAddress": .address, "entry": .address])),
    ],
    optional: ["reason": .oneOf(reasons), "physical": .address, "access": .access])

  static let finding = Fields(
    required: [
      "schema": .oneOf(["pagewalk.finding/1"]), "rule": .text, "severity": .oneOf(["low", "medium", "high"]),
      "summary": .text, "key": .text, "command": .name, "start": .address, "end": .address, "ranges": .count,
      "walk": .object(shortWalk),
    ],
    optional: [
      "explanation": .text, "accepted": .truth, "pids": .counts, "bytes": .count, "region": .text,
      "access": .access, "otherWalk": .object(shortWalk),
    ])

  static let statistics = Fields(
    required: [
      "schema": .oneOf(["pagewalk.statistics/1"]), "scope": .oneOf(["kernel", "process", "total"]),
      "tables": .count, "bytes": .count, "sharedTables": .count, "sparseTables": .count,
      "foldableTables": .count, "foldableBytes": .count,
      "levels": .list(of: Fields(required: ["level": .text, "tables": .count, "bytes": .count])),
      "mapped": .list(of: Fields(required: ["pageSize": .count, "bytes": .count])),
      "occupancy": .list(of: Fields(required: ["tables": .count], optional: ["from": .count])),
    ],
    optional: [
      "pid": .count, "command": .name, "userFrames": .count, "sharedFrames": .count, "partial": .truth,
    ])

  static let side = Fields(
    required: [:],
    optional: [
      "physical": .address, "pageSize": .count, "access": .access, "flags": .texts, "reason": .oneOf(reasons),
    ])

  static let difference = Fields(
    required: [
      "schema": .oneOf(["pagewalk.difference/1"]), "start": .address, "end": .address,
      "change": .oneOf(["mapped", "unmapped", "changed"]), "before": .object(side), "after": .object(side),
    ],
    optional: ["aspects": .texts])

  static let frame = Fields(
    required: [
      "schema": .oneOf(["pagewalk.frame/1"]), "source": .text, "frame": .address, "physical": .address,
      "kind": .oneOf(["page-table", "shared", "process", "kernel-executable", "kernel", "unmapped"]),
      "tables": .list(
        of: Fields(
          required: ["level": .text, "table": .address, "start": .address, "end": .address],
          optional: ["kernel": .truth, "pids": .counts])),
      "mappings": .list(
        of: Fields(
          required: ["virtual": .address, "level": .text, "pageSize": .count, "access": .access],
          optional: [
            "pid": .count, "command": .name, "sharers": .counts, "kernel": .truth, "region": .text,
          ])),
    ],
    optional: [
      "from": .object(
        Fields(
          required: ["virtual": .address, "physical": .address], optional: ["pid": .count, "command": .name])),
      "page": .object(
        Fields(
          required: [
            "address": .address, "flags": .texts, "flagsWord": .address, "referenceCount": .count,
            "mappingsFound": .count,
          ],
          optional: [
            "flagsIncomplete": .truth, "mapCount": .count, "type": .text, "compound": .truth,
            "agrees": .truth,
          ])),
      "pageUnknown": .text,
      "gaps": .texts,
    ])

  static let error = Fields(required: ["schema": .oneOf(["pagewalk.error/1"]), "message": .text])
}
