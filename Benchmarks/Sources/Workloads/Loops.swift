import CReference
import PageTables

// The measured loops: generic here, and compiled for each format and memory that a workload names.

/// Both numbers of an answer as one.
func tally(_ tally: reference_tally) -> UInt64 { tally.count &* 0x9e37_79b9_7f4a_7c15 &+ tally.sum }

func enumerate(
  _ format: some FormatSource, root: UInt64, in memory: some PhysicalMemory
) -> UInt64 {
  let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
  var counter = LeafCounter(format)
  walker.enumerate(in: memory, visitor: &counter)
  return counter.count &* 0x9e37_79b9_7f4a_7c15 &+ counter.sum
}

func merge(_ format: some FormatSource, root: UInt64, in memory: some PhysicalMemory) -> UInt64 {
  let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
  var ranges = RangeTally()
  walker.ranges(in: memory, into: &ranges)
  return ranges.count &* 0x9e37_79b9_7f4a_7c15 &+ ranges.sum
}
