import Foundation
import Testing

/// Kernels that read themselves, in every way there is, against what they say of themselves.
@Suite(
  .enabled(
    if: !LiveGuest.asked.isEmpty || Guest.isRequired,
    "no guest was asked; run scripts/link-static PAGEWALK and scripts/guests live PAGEWALK amd64 amd64-la57"))
struct LiveTests {
  @Test("the default guests were asked")
  func asked() {
    #expect(!LiveGuest.asked.isEmpty)
  }

  @Test("the ladder takes the best rung, and says of the others why not", arguments: LiveGuest.asked)
  func ladder(_ guest: LiveGuest) throws {
    let ladder = try #require(try guest.answers("ladder.info", as: LiveAnswer.Ladder.self).first)
    #expect(ladder.rungs.map(\.name) == ["device", "kcore", "bpf", "pagemap"])
    let best = guest.rungs.contains("device") ? "device" : "kcore"
    #expect(ladder.rung == best)
    #expect(ladder.rungs.filter { $0.state == "used" }.map(\.name) == [best])
    if best != "device" { #expect(ladder.reason("device") == "absent") }
    let release = try guest.text("release").trimmingCharacters(in: .whitespacesAndNewlines)
    for rung in guest.rungs {
      let info = try #require(try guest.answers("\(rung).info", as: LiveAnswer.Ladder.self).first)
      #expect(info.rung == rung && info.kernelRelease == release)
      #expect(try guest.text("\(rung).vmcoreinfo.out").contains("OSRELEASE=\(release)\n"))
    }
    #expect(guest.rungs.count >= 2)
  }

  @Test(
    "every page of the probe is where pagemap has it, and holds what was written there",
    arguments: LiveGuest.asked)
  func pages(_ guest: LiveGuest) throws {
    let pagemap = try guest.pagemap()
    let written = try guest.probePages()
    for rung in guest.rungs {
      var tally = Tally()
      let walks = try guest.answers("\(rung).walk.child", as: LiveAnswer.Walk.self, status: [1])
      try #require(walks.count == written.count)
      for (page, walk) in zip(written, walks) {
        let entry = pagemap[page.address] ?? 0
        let frame = entry >> 63 == 1 ? entry & (1 << 55 - 1) : nil
        let place = (walk.physical ?? walk.alsoLinux?.physical).flatMap(LiveGuest.number)
        // pagemap does not show frames of devices.
        guard walk.address == page.address, page.region == "dev" || place.map({ $0 >> 12 }) == frame else {
          tally.differ("\(page): \(walk), pagemap \(String(entry, radix: 16))")
          continue
        }
        if frame == nil, page.region != "dev" {
          let reason = entry >> 62 & 1 == 1 ? "swap" : "absent"
          if walk.outcome != "not-mapped" || walk.reason != reason { tally.differ("\(page): \(walk)") }
          tally.count(reason)
        } else if page.region == "dev" {
          tally.count("of a device")
        } else if walk.outcome == "not-mapped" {
          if page.region != "none" || walk.reason != "protection-none" { tally.differ("\(page): \(walk)") }
          tally.count("protected")
        } else if let value = page.value {
          if walk.outcome != "mapped" || walk.word != value { tally.differ("\(page): \(walk)") }
          tally.count((walk.pageSize ?? 0) > 4096 ? "values in huge pages" : "values")
        } else {
          tally.count("frames")
        }
      }
      print("live \(guest.name), \(rung), pages: \(tally)")
      #expect(tally.differenceCount == 0)
      #expect(tally["values"] >= 12 && tally["values in huge pages"] >= 2 && tally["absent"] >= 4)
    }
  }

  @Test("the processes are those of /proc", arguments: LiveGuest.asked)
  func processes(_ guest: LiveGuest) throws {
    for rung in guest.rungs {
      var tally = Tally()
      let found = try guest.answers("\(rung).ps", as: LiveAnswer.Process.self)
      let byPID = Dictionary(found.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
      var told: Set<Int> = []
      for line in try guest.lines("\(rung).stat") {
        guard let pid = Int(line.prefix { $0 != " " }), let truth = TaskTruth(stat: line, groups: [pid: pid])
        else {
          continue
        }
        told.insert(truth.pid)
        // Workers come and go, and show what they work at behind their name.
        if truth.name.hasPrefix("kworker/") { continue }
        guard let process = byPID[truth.pid] else {
          // The shell that printed the line may have been a process of its own.
          if truth.name != "record" { tally.differ("\(truth.pid) \(truth.name) is missing") }
          continue
        }
        let isThread = truth.isKernelThread
        guard truth.isNamed(process.command), process.kernelThread == isThread, process.doubts == nil else {
          tally.differ("\(process), told \(truth)")
          continue
        }
        tally.count(isThread ? "kernel threads" : process.root == nil ? "without memory" : "processes")
      }
      for process in found where !told.contains(process.pid) {
        if !process.command.hasPrefix("kworker/"), process.command != "pagewalk" {
          tally.differ("\(process) is not in /proc")
        }
      }
      print("live \(guest.name), \(rung), ps: \(tally)")
      #expect(tally.differenceCount == 0)
      #expect(tally["processes"] > 8 && tally["kernel threads"] > 20)
    }
  }

  @Test("the probe's areas are those of /proc/PID/maps", arguments: LiveGuest.asked)
  func areas(_ guest: LiveGuest) throws {
    let truths = try guest.lines("maps").compactMap { AreaTruth(line: $0) }.filter { !$0.isGate }
    for rung in guest.rungs {
      let areas = try guest.answers("\(rung).areas", as: LiveAnswer.Area.self)
      try #require(areas.count == truths.count)
      for (area, truth) in zip(areas, truths) {
        #expect(LiveGuest.number(area.start) == truth.first && LiveGuest.number(area.end) == truth.last + 1)
        #expect(area.permissions == truth.permissions)
        if truth.hasFile, !truth.isDeleted, truth.name.hasPrefix("/bin/") { #expect(area.path == truth.name) }
      }
    }
  }

  @Test("the map of the probe has exactly the pages that pagemap has", arguments: LiveGuest.asked)
  func map(_ guest: LiveGuest) throws {
    let devices = try guest.lines("maps").compactMap { AreaTruth(line: $0) }.filter(\.isDevice)
    // PROT_NONE pages are in memory and not mapped.
    let hidden = try Set(guest.probePages().filter { $0.region == "none" }.map(\.address))
    let truth = try guest.pagemap().filter { $0.value >> 63 == 1 && !hidden.contains($0.key) }
    for rung in guest.rungs {
      var found: [UInt64: UInt64] = [:]
      for range in try guest.answers("\(rung).map", as: LiveAnswer.Range.self) {
        guard let start = LiveGuest.number(range.start), let end = LiveGuest.number(range.end),
          let physical = range.physical.flatMap(LiveGuest.number), end - start <= 1 << 30
        else { continue }
        if devices.contains(where: { $0.first <= start && start <= $0.last }) { continue }
        for page in stride(from: start, to: end, by: 4096) { found[page] = (physical + (page - start)) >> 12 }
      }
      let expected = truth.mapValues { $0 & (1 << 55 - 1) }.filter { page in
        !devices.contains { $0.first <= page.key && page.key <= $0.last }
      }
      let differing =
        expected.filter { found[$0.key] != $0.value }.count
        + found.filter { expected[$0.key] == nil }.count
      print("live \(guest.name), \(rung), map: \(found.count) pages, \(differing) differ")
      #expect(differing == 0 && found.count > 100)
    }
  }

  @Test("what is said of a moving process is true or said to be changing", arguments: LiveGuest.asked)
  func moving(_ guest: LiveGuest) throws {
    for rung in guest.rungs {
      for mover in ["fast", "slow", "keep"] {
        var tally = Tally()
        let walks = try guest.lines("\(rung).walk.\(mover).out").dropFirst().map(LiveAnswer.Line.init)
        let words = try guest.text("\(rung).walk.\(mover).err")
        let asked = try guest.lines("addresses.\(mover)").count
        #expect(walks.count == asked && asked >= 256, "\(words)")
        for walk in walks {
          switch walk.outcome {
          // A page that was just made is zero until its owner writes.
          case "mapped" where walk.word == walk.address || walk.word == 0: tally.count("right")
          case "mapped": tally.differ("\(walk)")
          default: tally.count(walk.outcome)
          }
        }
        let milliseconds = try guest.milliseconds("\(rung).walk.\(mover)")
        print("live \(guest.name), \(rung), \(mover) mover in \(milliseconds) ms: \(tally)")
        if mover == "keep" {
          #expect(tally["right"] == walks.count)
        } else {
          // A frame may leave and come back between two looks: nothing read from outside can see that.
          #expect(tally.differenceCount * 500 <= walks.count)
        }
      }
    }
  }

  @Test(
    "reading bytes, the facts, the kernel's map and all tables work as on images", arguments: LiveGuest.asked)
  func others(_ guest: LiveGuest) throws {
    let value = try #require(try guest.probePages().first { $0.region == "anon" }?.value)
    let bytes = (0..<8).map { byte in
      let digits = String(value >> UInt64(8 * byte) & 255, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
    for rung in guest.rungs + ["pagemap"] {
      let parts = try guest.answers("\(rung).read", as: LiveAnswer.Memory.self)
      #expect(parts.count == 1 && parts[0].value?.hasPrefix(bytes) == true && parts[0].value?.count == 128)
    }
    let facts = try guest.answers("best.evidence", as: LiveAnswer.Fact.self)
    let release = try guest.text("release").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(facts.first { $0.name == "release" }?.value == release)
    #expect(
      facts.first { $0.name == "paging" }?.value == (guest.name.contains("la57") ? "x86-64-la57" : "x86-64"))
    for command in ["best.stats", "best.kernel", "best.frames"] {
      let words = try guest.text(command + ".err")
      #expect(try guest.status(command) == 0, "\(command): \(words)")
      #expect(try guest.lines(command + ".out").count >= 1)
    }
    for command in ["best.compare", "best.audit"] {
      let words = try guest.text(command + ".err")
      #expect([0, 1].contains(try guest.status(command)), "\(command): \(words)")
    }
    #expect(try guest.lines("best.compare.out").count == 2)
    #expect(try guest.text("best.text.out").contains("pte"))
  }

  @Test("pagemap shows the leaf and says what it cannot know", arguments: LiveGuest.asked)
  func pagemap(_ guest: LiveGuest) throws {
    let pagemap = try guest.pagemap()
    let leaves = try guest.answers("pagemap.walk.child", as: LiveAnswer.Walk.self, status: [1])
    #expect(leaves.count == (try guest.probePages().count))
    for leaf in leaves {
      let entry = pagemap[leaf.address] ?? 0
      #expect(
        leaf.physical.flatMap(LiveGuest.number).map { $0 >> 12 }
          == (entry >> 63 == 1 ? entry & (1 << 55 - 1) : nil))
      #expect(leaf.outcome == (entry >> 63 == 1 ? "mapped" : "not-mapped"))
    }
    // After all that was read of it, the page is where it was: looking changes nothing.
    let anon = try #require(try guest.probePages().first { $0.region == "anon" }?.address)
    let place = String(((pagemap[anon] ?? 0) & (1 << 55 - 1)) << 12, radix: 16)
    #expect(try guest.text("pagemap.text.out").contains("physical  \(place)\n"))
    #expect(try guest.text("pagemap.text.out").contains("pagemap does not show them"))
    #expect(try guest.status("pagemap.compare") == 2)
    #expect(try guest.text("pagemap.compare.err").contains("no page tables"))
    let processes = try guest.answers("pagemap.ps", as: LiveAnswer.Process.self)
    #expect(processes.contains { $0.pid == 1 } && processes.allSatisfy { $0.root == nil })
    #expect(try guest.answers("pagemap.map", as: LiveAnswer.Range.self).count > 10)
  }

  @Test("an ordinary user sees its own pages, and no frame", arguments: LiveGuest.asked)
  func user(_ guest: LiveGuest) throws {
    let ladder = try #require(try guest.answers("user.info", as: LiveAnswer.Ladder.self).first)
    #expect(ladder.rung == "pagemap")
    for rung in ["kcore", "bpf"] {
      #expect(ladder.reason(rung) == "permission")
      #expect(try guest.status("user.\(rung)") == 2)
      #expect(try guest.text("user.\(rung).err").contains("root"))
    }
    let leaves = try guest.answers("user.walk", as: LiveAnswer.Walk.self)
    #expect(leaves.count == 4)
    for leaf in leaves {
      #expect(leaf.outcome == "mapped" && leaf.frameHidden == true && leaf.physical == nil)
      #expect(leaf.word == leaf.address)
    }
    #expect(try guest.status("user.other") == 2)
  }

  @Test("a kernel that is locked down is told from one that lacks something", arguments: LiveGuest.asked)
  func lockdown(_ guest: LiveGuest) throws {
    try #require(try guest.text("lockdown").contains("confidentiality"))
    let ladder = try #require(try guest.answers("lockdown.info", as: LiveAnswer.Ladder.self).first)
    #expect(ladder.rung == "pagemap")
    if guest.rungs.contains("device") { #expect(ladder.reason("device") == "lockdown") }
    for rung in ["kcore", "bpf"] {
      #expect(ladder.reason(rung) == "lockdown")
      #expect(try guest.status("lockdown.\(rung)") == 2)
      #expect(try guest.text("lockdown.\(rung).err").contains("locked down"))
    }
  }
}
