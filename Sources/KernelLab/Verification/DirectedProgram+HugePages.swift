extension DirectedProgram {
  /// For huge pages. Each also holds on a kernel that has none.
  static let hugePages: [DirectedProgram] = [
    DirectedProgram(
      rule: "a first write to advised memory brings a huge page, which a small hole splits",
      text: """
        0 mmap 100000000000 600000 rw- private,anonymous,fixed - 0
        0 madvise 100000000000 600000 hugepage
        0 write 100000200000 1
        0 write 1000003ff000 1
        0 madvise 100000201000 1000 dontneed
        0 write 100000201000 1
        0 munmap 1000003ff000 2000
        0 madvise 100000000000 600000 dontneed
        0 write 100000200000 1
        """),
    DirectedProgram(
      rule: "a first read of advised memory shows a huge page of zeros, which splits into small ones",
      text: """
        0 mmap 100000000000 400000 rw- private,anonymous,fixed - 0
        0 madvise 100000000000 400000 hugepage
        0 read 100000000000 1
        0 read 100000200000 1
        0 madvise 100000001000 1000 dontneed
        0 write 100000002000 1
        0 write 100000205000 1
        """),
    DirectedProgram(
      rule: "a child's write splits the child's huge page alone, and copies one page",
      text: """
        0 mmap 100000000000 400000 rw- private,anonymous,fixed - 0
        0 madvise 100000000000 400000 hugepage
        0 write 100000000000 1
        0 fork 1
        1 write 100000005000 1
        1 read 100000006000 1
        1 exit
        0 write 100000006000 1
        """),
    DirectedProgram(
      rule: "a huge page is moved and protected whole where it lies whole in the range",
      text: """
        0 mmap 100000000000 400000 rw- private,anonymous,fixed - 0
        0 madvise 100000000000 400000 hugepage
        0 write 100000000000 1
        0 mremap 100000000000 200000 200000 maymove,fixed 100000800000
        0 mprotect 100000800000 200000 r--
        0 read 100000801000 1
        0 mprotect 100000800000 200000 rw-
        0 write 100000802000 1
        0 mprotect 100000810000 1000 r--
        0 munmap 1000008ff000 1000
        """),
  ]
}
