import Testing

@testable import LinuxKernel

@Suite("struct page is read as VMCOREINFO and types say")
struct FrameRecordTests {
  private static let old = """
    SIZE(page)=64
    OFFSET(page.flags)=0
    OFFSET(page._refcount)=52
    OFFSET(page._mapcount)=48
    OFFSET(page.compound_head)=8
    NUMBER(PG_lru)=4
    NUMBER(PG_swapbacked)=19
    NUMBER(PG_head_mask)=65536
    NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129
    """

  private func layout(_ text: String) -> FrameRecordLayout? {
    FrameRecordLayout(types: nil, vmcoreinfo: VMCoreInfo(text: text))
  }

  @Test("flags that VMCOREINFO names are named, and that there may be others is said")
  func flags() throws {
    let page = try #require(layout(Self.old))
    let (names, areAll) = page.names(of: 1 << 4 | 1 << 19 | 1 << 60 | 1)
    #expect(names == ["lru", "swapbacked"])
    #expect(!areAll)
  }

  struct Word: Sendable {
    var word: UInt32
    var count: Int?
    var type: String?
  }

  @Test(
    "a type of old is a bit that is clear",
    arguments: [
      Word(word: 0xffff_ffff, count: 0, type: nil), Word(word: 0, count: 1, type: nil),
      Word(word: 5, count: 6, type: nil), Word(word: 0xffff_ff7f, count: nil, type: "buddy"),
      Word(word: 0xffff_fdff, count: nil, type: "table"),
      Word(word: 0xffff_feff, count: nil, type: "offline"),
    ])
  func oldTypes(_ example: Word) throws {
    let meaning = try #require(layout(Self.old)).meaning(ofMapCount: example.word)
    #expect(meaning.count == example.count && meaning.type == example.type)
  }

  @Test(
    "a type of today is the highest byte",
    arguments: [
      Word(word: 0xf000_0000, count: nil, type: "buddy"), Word(word: 0xf500_0012, count: nil, type: "slab"),
      Word(word: 0xf200_0000, count: nil, type: "0xf2"), Word(word: 0xffff_ffff, count: 0, type: nil),
    ])
  func newTypes(_ example: Word) throws {
    let text =
      Self.old.replacing("=-129", with: "=-268435456") + "\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376"
    let meaning = try #require(layout(text)).meaning(ofMapCount: example.word)
    #expect(meaning.count == example.count && meaning.type == example.type)
  }

  @Test(
    "what lacks a member or puts it outside is not believed",
    arguments: [
      ("SIZE(page)=64", ""), ("SIZE(page)=64", "SIZE(page)=99999999999"), ("=52", "=64"), ("=48", "=-4"),
      ("OFFSET(page.flags)=0", "OFFSET(page.flags)=x"),
    ])
  func forged(_ change: (String, String)) {
    #expect(layout(Self.old.replacing(change.0, with: change.1)) == nil)
  }
}
