// Writes formats as C tables for the kernel module: `generate-formats NAME[:BITS]...` prints formats.c.
//
// Compiled together with the sources of PageTables, on and for the machine that builds the module. What it
// prints is the catalogue's values and nothing else; the module's walk reads them back (KernelFormat).

@main
enum GenerateFormats {
  static func main() {
    let names = Array(CommandLine.arguments.dropFirst())
    let formats = names.compactMap(format)
    guard !names.isEmpty, formats.count == names.count else {
      print("#error \"generate-formats: no formats, or one that the catalogue lacks: \(names)\"")
      return
    }
    print(
      """
      // SPDX-License-Identifier: MIT OR GPL-2.0
      // Written by kmod/generate from Sources/PageTables; not to be edited.
      #include <linux/kernel.h>
      #include <asm/page.h>
      #include "walker/walker.h"

      """)
    for (number, format) in formats.enumerated() {
      print(condition(format))
      FormatWriter(format: format, prefix: "format\(number)").write()
      print("#endif\n")
    }
    print("const struct pagewalk_format *const pagewalk_formats[] = {")
    for (number, format) in formats.enumerated() {
      print("\(condition(format))\n\t&format\(number),\n#endif")
    }
    print("};\nconst unsigned int pagewalk_format_count = ARRAY_SIZE(pagewalk_formats);")
  }

  /// `x86-64`, or for a format that comes in sizes `aarch64-4k:39`.
  private static func format(_ argument: String) -> PagingFormat? {
    let parts = argument.split(separator: ":")
    guard parts.count == 2 else { return PagingFormat.named(argument) }
    guard let bits = Int(parts[1]) else { return nil }
    return PagingFormat.named(String(parts[0]), virtualAddressBits: bits)
  }

  /// A kernel's pages have one size, and it needs no other's formats.
  private static func condition(_ format: PagingFormat) -> String {
    "#if PAGE_SHIFT == \(format.pageSizeBits)"
  }
}
