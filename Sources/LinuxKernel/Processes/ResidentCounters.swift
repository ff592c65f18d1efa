/// Where in `mm_struct.rss_stat` the counters are, as the kernel's types tell.
///
/// Four longs up to 6.1 (`struct mm_rss_stat`); since 6.2 four `struct percpu_counter`, each with a lock, a sum
/// of 64 bits and a pointer to what is each processor's own. Which counter is which says an enumeration
/// (include/linux/mm_types_task.h and percpu_counter.h, Linux 4.14 to 7.2).
struct ResidentCounters: Hashable, Sendable {
  /// From one counter to the next, in bytes.
  var strideBytes: Int
  /// From a counter's beginning to its sum, and the sum's size, in bytes.
  var sumOffset: Int
  var sumByteCount: Int
  /// From a counter's beginning to the pointer to the processors' own counts of 32 bits; nil where there are none.
  var pointerOffset: Int?
  /// The size of a set of processors (`struct cpumask`), where they have own counts.
  var processorSetByteCount = 0
  /// Numbers of the counters.
  var file: Int
  var anonymous: Int
  var swapped: Int
  var sharedMemory: Int

  /// Nil where the types do not tell, or tell what cannot be.
  init?(_ types: TypeInformation) {
    guard let array = types.member("mm_struct.rss_stat")?.byteCount,
      let file = types.enumerator("MM_FILEPAGES"), let anonymous = types.enumerator("MM_ANONPAGES"),
      let swapped = types.enumerator("MM_SWAPENTS"), let sharedMemory = types.enumerator("MM_SHMEMPAGES"),
      let count = types.enumerator("NR_MM_COUNTERS"), (1...64).contains(count),
      [file, anonymous, swapped, sharedMemory].allSatisfy({ (0..<count).contains($0) }),
      array > 0, array <= 1 << 16, array % Int(count) == 0
    else { return nil }
    (self.file, self.anonymous) = (Int(file), Int(anonymous))
    (self.swapped, self.sharedMemory) = (Int(swapped), Int(sharedMemory))
    strideBytes = array / Int(count)
    if types.member("mm_rss_stat.count") != nil {
      sumOffset = 0
      sumByteCount = strideBytes
    } else if let sum = types.member("percpu_counter.count"), let offset = sum.byteOffset,
      types.size(of: "percpu_counter") == strideBytes
    {
      sumOffset = offset
      sumByteCount = sum.byteCount ?? 8
      pointerOffset = types.offset(of: "percpu_counter.counters")
      // 8192 processors are the most that any kernel is built for.
      processorSetByteCount = min(types.size(of: "cpumask") ?? 0, 1024)
    } else {
      return nil
    }
    guard [4, 8].contains(sumByteCount), sumOffset >= 0, sumOffset + sumByteCount <= strideBytes,
      (0..<strideBytes).contains(pointerOffset ?? 0)
    else { return nil }
  }
}
