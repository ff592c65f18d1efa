/// Lower case, without `0x`, as the tool prints addresses.
func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }

/// `4 KiB`, `2 MiB`: a power of two.
func sizeText(_ byteCount: UInt64) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var unit = 0
  var size = byteCount
  while size >= 1024, size & 1023 == 0, unit + 1 < units.count {
    size >>= 10
    unit += 1
  }
  return "\(size) \(units[unit])"
}
