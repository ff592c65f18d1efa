extension MemoryImage {
  /// Opens an image, recognised by its first bytes and never by its name.
  ///
  /// Plain containers are mapped and not read, so this takes milliseconds whatever their size. A kdump's
  /// bitmap is counted once. A LiME image that is one zlib stream is inflated into an unlinked temporary file
  /// first.
  ///
  /// - Throws: ``ImageError`` if nothing of the file can be used. Smaller troubles are ``notes``.
  public static func open(
    path: String, options: ImageOptions = ImageOptions()
  ) throws(ImageError) -> MemoryImage {
    var stores = [try ByteStore(mapping: path)]
    for further in options.furtherFiles { stores.append(try ByteStore(mapping: further)) }
    return try open(stores, options: options)
  }

  /// Opens an image whose files are in memory: for fuzzing and tests. The bytes are copied.
  public static func open(
    bytes: [UInt8], further: [[UInt8]] = [], options: ImageOptions = ImageOptions()
  ) throws(ImageError) -> MemoryImage {
    var stores: [ByteStore] = []
    for (index, part) in ([bytes] + further).enumerated() {
      stores.append(ByteStore(copying: part, path: "bytes[\(index)]"))
    }
    return try open(stores, options: options)
  }

  private static func open(_ stores: [ByteStore], options: ImageOptions) throws(ImageError) -> MemoryImage {
    var files: [FileContents] = []
    for store in stores { files.append(try FileContents(store, unwrap: options.forcedKind != .raw)) }
    let first = files[0]
    let signature = try ImageSignature(of: first, forced: options.forcedKind)
    guard files.count == 1 || signature == .kdump else {
      throw ImageError(
        .options, path: files[1].path, "only kdump-compressed dumps are split over several files",
        advice: "name one file")
    }
    var opened: (kind: ImageKind, storage: Storage, facts: ImageFacts)
    switch signature {
    case .elf:
      let reader = try ELFReader(first)
      opened = (.elf, .mapped(reader.memory), reader.facts)
    case .kdump:
      let reader = try KdumpReader(files)
      opened = (
        .kdump, .paged(PagedMemory(source: reader.source, cacheLimitBytes: options.cacheLimitBytes)),
        reader.facts
      )
    case .lime:
      let reader = try LiMEReader(first, memoryMap: options.memoryMap)
      opened = (.lime, .mapped(reader.memory), reader.facts)
    case .compressedLiME:
      let inflated = try InflatedFile(first, options: options)
      var reader = try LiMEReader(inflated.contents, memoryMap: options.memoryMap)
      reader.facts.isIncomplete = reader.facts.isIncomplete || inflated.trouble != nil
      if let trouble = inflated.trouble { reader.facts.note(trouble) }
      opened = (.lime, .mapped(reader.memory), reader.facts)
    case .avml:
      let reader = try AVMLReader(first, memoryMap: options.memoryMap)
      opened = (
        .avml, .paged(PagedMemory(source: reader.source, cacheLimitBytes: options.cacheLimitBytes)),
        reader.facts
      )
    case .raw:
      let reader = try RawReader(first, options: options)
      opened = (.raw, .mapped(reader.memory), reader.facts)
    }
    if first.flattened?.isComplete == false {
      opened.facts.isIncomplete = true
      opened.facts.note("the flattened dump has no closing record; the file was cut short")
    }
    return MemoryImage(
      kind: opened.kind, paths: files.map(\.path), storage: opened.storage, facts: opened.facts)
  }
}
