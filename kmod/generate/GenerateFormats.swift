// Writes formats as C tables for the kernel module: `generate-formats NAME...` prints formats.c.
//
// Compiled together with the sources of PageTables, on and for the machine that builds the module. What it
// prints is the catalogue's values and nothing else; the module's walk reads them back (KernelFormat).

@main
enum GenerateFormats {
  static func main() {
    let names = Array(CommandLine.arguments.dropFirst())
    let formats = names.compactMap { PagingFormat.named($0) }
    guard !names.isEmpty, formats.count == names.count else {
      print("#error \"generate-formats: no formats, or one that the catalogue lacks: \(names)\"")
      return
    }
    print(
      """
      // SPDX-License-Identifier: MIT OR GPL-2.0
      // Written by kmod/generate from Sources/PageTables; not to be edited.
      #include "walker/walker.h"

      """)
    for (number, format) in formats.enumerated() {
      FormatWriter(format: format, prefix: "format\(number)").write()
    }
    let list = formats.indices.map { "&format\($0)" }.joined(separator: ", ")
    print("const struct pagewalk_format *const pagewalk_formats[] = { \(list) };")
    print("const unsigned int pagewalk_format_count = \(formats.count);")
  }
}
