public import KernelOracle

/// A program for one rule that random ones meet seldom, with the rule as a sentence.
public struct DirectedProgram: Hashable, Sendable {
  public var rule: String
  public var text: String

  public func program() throws(TextError) -> Program { try Program(text: text) }

  /// All of them. Addresses are those of a 64-bit process.
  public static let all: [DirectedProgram] = smallPages + hugePages

  private static let smallPages: [DirectedProgram] = [
    DirectedProgram(
      rule: "a fault behind a file's end leaves the upper tables, and no last one",
      text: """
        0 mmap 100000000000 4000 rw- shared,fixed 0 0
        0 read 100000000000 4
        0 munmap 100000000000 4000
        """),
    DirectedProgram(
      rule: "reads of untouched memory see one page; the write after it takes a fault and a frame",
      text: """
        0 mmap 100000000000 3000 rw- private,anonymous,fixed - 0
        0 read 100000000000 3
        0 write 100000000000 2
        """),
    DirectedProgram(
      rule: "a read maps the cached pages around it, in a window that the area's start cuts",
      text: """
        0 ftruncate 0 40000
        0 mmap 100000000000 40000 rw- shared,fixed 0 0
        0 write 100000000000 64
        0 mmap 100000105000 20000 r-- private,fixed 0 3000
        0 read 100000109000 1
        0 read 100000119000 1
        """),
    DirectedProgram(
      rule: "the page comes back when the other sharer is gone, and is written in place",
      text: """
        0 mmap 100000000000 4000 rw- private,anonymous,fixed - 0
        0 write 100000000000 4
        0 fork 1
        1 write 100000000000 2
        1 exit
        0 write 100000000000 4
        """),
    DirectedProgram(
      rule: "a child has the tables of written areas only, empty ones too",
      text: """
        0 mmap 100000000000 600000 rw- private,anonymous,fixed - 0
        0 write 100000000000 1
        0 read 100000200000 1
        0 mmap 110000000000 1000 rw- private,anonymous,fixed - 0
        0 read 110000000000 1
        0 madvise 100000200000 1000 dontneed
        0 fork 1
        1 read 100000000000 1
        """),
    DirectedProgram(
      rule: "a table goes when its span lies between the areas around",
      text: """
        0 mmap 100000000000 800000 rw- private,anonymous,fixed - 0
        0 write 100000000000 1
        0 write 100000200000 1
        0 write 100000400000 1
        0 munmap 100000201000 200000
        0 munmap 100000200000 1000
        0 munmap 100000000000 800000
        """),
    DirectedProgram(
      rule: "MADV_DONTNEED takes whole tables or leaves them, by the kernel's age",
      text: """
        0 mmap 100000000000 800000 rw- private,anonymous,fixed - 0
        0 write 100000000000 1
        0 write 100000200000 1
        0 write 100000400000 1
        0 madvise 100000001000 500000 dontneed
        0 madvise 100000000000 800000 dontneed
        """),
    DirectedProgram(
      rule: "a stack grows down to its limit, and stays away from the area below",
      text: """
        0 mmap 100000000000 1000 rw- private,anonymous,fixed - 0
        0 mmap 100000900000 2000 rw- private,anonymous,fixed,growsdown - 0
        0 write 1000008ff000 1
        0 write 100000102000 1
        0 write 100000101000 1
        0 write 100000801000 1
        0 write 1000007ff000 1
        0 mmap 200000000000 1000 rw- private,anonymous,fixed - 0
        0 mmap 200000200000 1000 rw- private,anonymous,fixed,growsdown - 0
        0 write 200000100000 1
        0 write 200000101000 1
        """),
    DirectedProgram(
      rule: "an area made read-only before its first write is like one that was",
      text: """
        0 mmap 100000000000 2000 rw- private,anonymous,fixed - 0
        0 mprotect 100000000000 2000 r--
        0 mmap 100000002000 2000 r-- private,anonymous,fixed - 0
        0 mmap 200000000000 2000 rw- private,anonymous,fixed - 0
        0 write 200000000000 1
        0 mprotect 200000000000 2000 r--
        0 mmap 200000002000 2000 r-- private,anonymous,fixed - 0
        """),
    DirectedProgram(
      rule: "which of two neighbours takes a new area depends on who was written",
      text: """
        0 mmap 100000000000 2000 rw- private,anonymous,fixed - 0
        0 mmap 100000004000 2000 rw- private,anonymous,fixed - 0
        0 write 100000000000 1
        0 write 100000004000 1
        0 mmap 100000002000 2000 rw- private,anonymous,fixed - 0
        0 mmap 200000000000 2000 rw- private,anonymous,fixed - 0
        0 mmap 200000004000 2000 rw- private,anonymous,fixed - 0
        0 write 200000004000 1
        0 mmap 200000002000 2000 rw- private,anonymous,fixed - 0
        """),
    DirectedProgram(
      rule: "a move takes a whole table along if nothing else is in it",
      text: """
        0 mmap 100000010000 3f0000 rw- private,anonymous,fixed - 0
        0 write 100000010000 4
        0 write 100000200000 1
        0 mremap 100000010000 3f0000 3f0000 maymove,fixed,dontunmap 110000010000
        0 read 110000010000 4
        """),
    DirectedProgram(
      rule: "a move of several areas with holes takes each by itself",
      text: """
        0 mmap 100000000000 2000 rw- private,anonymous,fixed - 0
        0 mmap 100000003000 2000 r-- private,anonymous,fixed - 0
        0 write 100000000000 2
        0 mmap 200000000000 8000 rw- private,anonymous,fixed - 0
        0 mremap 100000000000 5000 5000 maymove,fixed 200000001000
        """),
    DirectedProgram(
      rule: "a locked area that is moved and stays mapped is locked no more, but counted",
      text: """
        0 mmap 100000000000 4000 rw- private,anonymous,fixed,locked - 0
        0 mremap 100000000000 4000 4000 maymove,fixed,dontunmap 200000000000
        0 munmap 100000000000 4000
        0 munmap 200000000000 4000
        """),
    DirectedProgram(
      rule: "exclusive pages are writable at once when their area is again",
      text: """
        0 mmap 100000000000 4000 rw- private,anonymous,fixed - 0
        0 write 100000000000 2
        0 read 100000002000 1
        0 mprotect 100000000000 4000 r--
        0 mprotect 100000000000 4000 rw-
        0 write 100000000000 4
        """),
    DirectedProgram(
      rule: "a shorter file takes private copies, a hole leaves them",
      text: """
        0 ftruncate 0 8000
        0 mmap 100000000000 8000 rw- private,fixed 0 0
        0 write 100000000000 4
        0 fallocate 0 keep-size,punch-hole 1000 2000
        0 read 100000000000 8
        0 ftruncate 0 1000
        0 read 100000000000 8
        """),
    DirectedProgram(
      rule: "mlock brings pages, and marks all even where it fails",
      text: """
        0 ftruncate 0 2000
        0 mmap 100000000000 4000 rw- shared,fixed 0 0
        0 mlock 100000000000 4000
        0 mmap 200000000000 2000 --- private,anonymous,fixed - 0
        0 mlock 200000000000 2000
        0 mmap 300000000000 2000 rw- private,anonymous,fixed - 0
        0 mlock 300000000000 4000
        0 mlock2 300000000000 2000 onfault
        """),
    DirectedProgram(
      rule: "the break keeps a page away from the area above it",
      text: """
        0 brk 10400000
        0 write 103fe000 2
        0 mmap 10402000 1000 rw- private,anonymous,fixed - 0
        0 brk 10402000
        0 brk 10401000
        0 brk 103ff000
        """),
    DirectedProgram(
      rule: "wiped areas stay without pages in a child, uncopied ones go",
      text: """
        0 mmap 100000000000 4000 rw- private,anonymous,fixed - 0
        0 mmap 200000000000 4000 rw- private,anonymous,fixed - 0
        0 write 100000000000 4
        0 write 200000000000 4
        0 madvise 100000001000 1000 wipeonfork
        0 madvise 200000001000 1000 dontfork
        0 fork 1
        1 read 100000000000 4
        """),
  ]
}
