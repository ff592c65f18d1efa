import PageTables

/// Paths of files, from `struct file` through directory entries and mounts.
struct FilePaths {
  let memory: KernelMemory
  let pointers: KernelPointers
  let layout: StructureLayout

  /// Deeper paths, and deeper nests of mounts, are loops.
  private static let depthLimit = 256

  private var word: Int { pointers.wordByteCount }

  private func load(_ place: PhysicalAddress, _ offset: Int) -> UInt64? {
    memory.word(at: place.offset(by: offset), byteCount: word)
  }

  /// The path of the file whose `struct file` the kernel's pointer `file` names, or nil if its name cannot be
  /// read. A path whose beginning is lost begins with `...`; one that is unlinked ends with ` (deleted)`.
  func path(of file: UInt64) -> String? {
    guard let entryAt = layout["file.f_path.dentry"], let mountAt = layout["file.f_path.mnt"],
      let place = pointers.physical(of: file, in: memory), var entry = load(place, entryAt),
      var mount = load(place, mountAt)
    else { return nil }
    guard let last = name(of: entry) else { return nil }
    if isUnattached(entry, mount: mount) { return "/\(last) (deleted)" }
    let isDeleted = isUnlinked(entry)
    var names: [String] = []
    var isWhole = false
    for _ in 0..<Self.depthLimit {
      guard let parentAt = layout["dentry.d_parent"], let here = pointers.physical(of: entry, in: memory)
      else { break }
      let root = pointers.physical(of: mount, in: memory).flatMap { load($0, 0) }
      guard let parent = load(here, parentAt) else { break }
      if entry == root || parent == entry {
        guard let outer = outer(of: mount, root: entry) else {
          // Of a mount that is lost nothing tells where it hangs.
          isWhole = root != nil && canFollow(mount)
          break
        }
        (entry, mount) = outer
        continue
      }
      guard let name = name(of: entry) else { break }
      names.append(name)
      entry = parent
    }
    if names.isEmpty, !isWhole { names = [last] }
    return (isWhole ? "/" : ".../") + names.reversed().joined(separator: "/")
      + (isDeleted ? " (deleted)" : "")
  }

  /// Whether an entry is its own root but not its mount's: a file that never had a place in a directory
  /// (shared anonymous memory, huge pages), which the kernel names itself.
  private func isUnattached(_ entry: UInt64, mount: UInt64) -> Bool {
    guard let parentAt = layout["dentry.d_parent"], let place = pointers.physical(of: entry, in: memory),
      load(place, parentAt) == entry, let mount = pointers.physical(of: mount, in: memory)
    else { return false }
    return load(mount, 0) != entry
  }

  /// Where the mount hangs in another one. `struct mount` (fs/mount.h, since 3.3) has before its `vfsmount`
  /// two words of a hash list, its parent and the directory entry that it is mounted on.
  private func outer(of mount: UInt64, root: UInt64) -> (entry: UInt64, mount: UInt64)? {
    guard let place = pointers.physical(of: mount, in: memory), load(place, 0) == root,
      let parent = load(place, -2 * word), let mountPoint = load(place, -word), parent != 0
    else { return nil }
    let parentMount = (parent &+ UInt64(4 * word)) & pointers.wordMask
    guard parentMount != mount, pointers.physical(of: mountPoint, in: memory) != nil,
      pointers.physical(of: parentMount, in: memory) != nil, name(of: mountPoint) != nil
    else { return nil }
    return (mountPoint, parentMount)
  }

  /// Whether the words of `struct mount` that tell where it hangs, and what they lead to, can be read.
  private func canFollow(_ mount: UInt64) -> Bool {
    guard let place = pointers.physical(of: mount, in: memory), let parent = load(place, -2 * word),
      let mountPoint = load(place, -word)
    else { return false }
    let parentMount = (parent &+ UInt64(4 * word)) & pointers.wordMask
    return [mountPoint, parentMount].allSatisfy { pointer in
      pointers.target(of: pointer, in: memory) == nil || pointers.physical(of: pointer, in: memory) != nil
    } && (pointers.physical(of: mountPoint, in: memory) == nil || name(of: mountPoint) != nil)
  }

  private func name(of entry: UInt64) -> String? {
    guard let nameAt = layout["dentry.d_name.name"], let lengthAt = layout["dentry.d_name.len"],
      let place = pointers.physical(of: entry, in: memory), let pointer = load(place, nameAt),
      let length = memory.word32(at: place.offset(by: lengthAt)), length >= 1, length <= 255,
      let text = pointers.physical(of: pointer, in: memory),
      let bytes = memory.bytes(at: text, count: Int(length)), !bytes.contains(0)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self).escapingControlCharacters
  }

  /// A directory entry that is in no hash chain has been unlinked: `d_hash.pprev`, the word before
  /// `d_parent` (include/linux/dcache.h), is empty. A root is in none either.
  private func isUnlinked(_ entry: UInt64) -> Bool {
    guard let parentAt = layout["dentry.d_parent"], let place = pointers.physical(of: entry, in: memory),
      let parent = load(place, parentAt), parent != entry
    else { return false }
    return load(place, parentAt - word) == 0
  }
}
