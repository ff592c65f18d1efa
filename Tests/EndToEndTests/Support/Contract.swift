/// The JSON contract, as far as the commands that exist print it.
enum Contract {
  static let reasons = [
    "non-canonical", "absent", "swap", "migration", "protection-none", "guard", "hardware-poison", "excluded",
    "truncated", "outside-ram", "reserved-bits", "loop", "unreadable",
  ]

  static let walk = Fields(
    required: [
      "schema": .oneOf(["pagewalk.walk/1"]), "source": .text, "format": .text, "root": .address,
      "virtual": .address, "outcome": .oneOf(["mapped", "not-mapped", "unreadable", "invalid"]),
      "evidence": .text, "steps": .list(of: step),
    ],
    optional: [
      "process": .object(Fields(required: ["pid": .count, "command": .text])), "reason": .oneOf(reasons),
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
    ])

  static let hole = Fields(
    required: [
      "schema": .oneOf(["pagewalk.range/1"]), "start": .address, "end": .address, "hole": .truth,
      "reason": .oneOf(reasons),
    ])

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
            "pid": .count, "command": .text, "sharers": .counts, "kernel": .truth, "region": .text,
          ])),
    ],
    optional: [
      "from": .object(
        Fields(
          required: ["virtual": .address, "physical": .address], optional: ["pid": .count, "command": .text])),
      "gaps": .texts,
    ])

  static let error = Fields(required: ["schema": .oneOf(["pagewalk.error/1"]), "message": .text])
}
