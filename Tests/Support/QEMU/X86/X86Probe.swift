/// The program that tries each address: read, write and fetch, by the kernel.
///
/// It runs under the tables in question, in a window of its own. What it knows is in its page from 0x800:
/// operands for `lidt` and `lgdt`, list, output, count. A write is an `or` of nothing; a fetch is of one
/// instruction at the start of the address's 4 KiB piece (QEMU 7.2 may end at some that cross a page), with
/// the trap flag set and all registers pointing to nothing of value. Four bytes an address: 0xff for no
/// fault, 0x4d for a protection fault, else the page fault's error code; the last is zero.
struct X86Probe {
  var code: [UInt8]
  var haltOffset: UInt64
  var pageFaultOffset: UInt64
  var protectionOffset: UInt64
  var otherOffset: UInt64

  /// The source, for both widths (`clang --target=x86_64-linux -c`, `--target=i386-linux`):
  ///
  /// ```
  /// #ifdef __x86_64__
  /// #define R(name) %r##name
  /// #define WORD 8
  /// #else
  /// #define R(name) %e##name
  /// #define WORD 4
  /// #endif
  /// #define IDT    0x800(R(bp))
  /// #define GDT    0x810(R(bp))
  /// #define LIST   0x820(R(bp))
  /// #define OUTPUT 0x828(R(bp))
  /// #define COUNT  0x830(R(bp))
  /// #define RESUME 0x838(R(bp))
  /// #define STACK  0x840(R(bp))
  /// #define JUNK   0x848(R(bp))
  /// #define RESULT 0x850(R(bp))
  ///
  ///   .macro attempt
  ///   movb $0xff, RESULT
  ///   lea  9f-start(R(bp)), R(ax)
  ///   mov  R(ax), RESUME
  ///   mov  LIST, R(si)
  ///   mov  (R(si)), R(si)
  ///   .endm
  ///   .macro record
  /// 9:
  ///   mov  OUTPUT, R(di)
  ///   mov  RESULT, %al
  ///   mov  %al, (R(di))
  ///   inc  R(di)
  ///   mov  R(di), OUTPUT
  ///   .endm
  ///
  /// start:
  ///   lidt IDT
  ///   lgdt GDT
  ///   mov  $0x10, %eax
  ///   mov  %eax, %ss
  ///   mov  %eax, %ds
  ///   mov  %eax, %es
  /// next:
  ///   attempt
  ///   mov  (R(si)), %al
  ///   record
  ///   attempt
  ///   lock orb $0, (R(si))
  ///   record
  ///   attempt
  ///   and  $-4096, R(si)
  /// #ifdef __x86_64__
  ///   mov  %rsp, %rax
  ///   push $0x10
  ///   push %rax
  /// #endif
  ///   pushf
  ///   orl  $0x100, (R(sp))
  ///   push $8
  ///   push R(si)
  ///   mov  JUNK, R(ax)
  ///   mov  R(ax), R(bx)
  ///   mov  R(ax), R(cx)
  ///   mov  R(ax), R(dx)
  ///   mov  R(ax), R(si)
  ///   mov  R(ax), R(di)
  ///   mov  R(ax), R(bp)
  /// #ifdef __x86_64__
  ///   iretq
  /// #else
  ///   iret
  /// #endif
  ///   record
  ///   movb $0, RESULT
  ///   record
  ///   mov  LIST, R(ax)
  ///   add  $WORD, R(ax)
  ///   mov  R(ax), LIST
  ///   mov  COUNT, R(ax)
  ///   dec  R(ax)
  ///   mov  R(ax), COUNT
  ///   jnz  next
  /// halt:
  ///   jmp  halt
  ///
  /// pageFault:
  ///   pop  R(ax)
  ///   and  $0x7f, %al
  ///   jmp  1f
  /// protection:
  ///   mov  $0x4d, %al
  ///   jmp  1f
  /// other:
  ///   mov  $0xff, %al
  /// 1:
  ///   call 2f
  /// 2:
  ///   pop  R(bp)
  ///   sub  $(2b-start), R(bp)
  ///   mov  %al, RESULT
  ///   mov  STACK, R(sp)
  ///   cld
  ///   jmp  *RESUME
  /// ```
  static let bits64 = X86Probe(
    hexadecimal: """
      0f019d000800000f019510080000b8100000008ed08ed88ec0c68550080000ff488d853a00000048898538080000488b
      b520080000488b368a06488bbd280800008a8550080000880748ffc74889bd28080000c68550080000ff488d85760000
      0048898538080000488bb520080000488b36f0800e00488bbd280800008a8550080000880748ffc74889bd28080000c6
      8550080000ff488d85e100000048898538080000488bb520080000488b364881e600f0ffff4889e06a10509c810c2400
      0100006a0856488b85480800004889c34889c14889c24889c64889c74889c548cf488bbd280800008a85500800008807
      48ffc74889bd28080000c6855008000000488bbd280800008a8550080000880748ffc74889bd28080000488b85200800
      004883c00848898520080000488b853008000048ffc8488985300800000f85d6feffffebfe58247feb06b04deb02b0ff
      e8000000005d4881ed55010000888550080000488ba540080000fcffa538080000
      """,
    haltOffset: 0x143, pageFaultOffset: 0x145, protectionOffset: 0x14a, otherOffset: 0x14e)

  static let bits32 = X86Probe(
    hexadecimal: """
      0f019d000800000f019510080000b8100000008ed08ed88ec0c68550080000ff8d85360000008985380800008bb52008
      00008b368a068bbd280800008a855008000088074789bd28080000c68550080000ff8d856a0000008985380800008bb5
      200800008b36f0800e008bbd280800008a855008000088074789bd28080000c68550080000ff8d85be00000089853808
      00008bb5200800008b3681e600f0ffff9c810c24000100006a08568b854808000089c389c189c289c689c789c5cf8bbd
      280800008a855008000088074789bd28080000c68550080000008bbd280800008a855008000088074789bd280800008b
      852008000083c0048985200800008b8530080000488985300800000f8508ffffffebfe58247feb06b04deb02b0ffe800
      0000005d81ed230100008885500800008ba540080000fcffa538080000
      """,
    haltOffset: 0x111, pageFaultOffset: 0x113, protectionOffset: 0x118, otherOffset: 0x11c)

  private init(
    hexadecimal: String, haltOffset: UInt64, pageFaultOffset: UInt64, protectionOffset: UInt64,
    otherOffset: UInt64
  ) {
    code = [UInt8](hexadecimal: hexadecimal.filter { !$0.isWhitespace })!
    self.haltOffset = haltOffset
    self.pageFaultOffset = pageFaultOffset
    self.protectionOffset = protectionOffset
    self.otherOffset = otherOffset
  }

  /// What the unit said about one address, from the four bytes of its result.
  struct Attempt {
    var read: UInt8
    var write: UInt8
    var fetch: UInt8

    init(_ bytes: ArraySlice<UInt8>) {
      let bytes = Array(bytes)
      (read, write, fetch) = (bytes[0], bytes[1], bytes[2])
    }

    var isReadable: Bool { read == 0xff }
    var isWritable: Bool { write == 0xff }

    /// A fault of the instruction itself (its data, its operands) comes after a fetch that went well.
    var isExecutable: Bool { isReadable && (fetch == 0xff || fetch == 0x4d || fetch & 0x10 == 0) }

    /// The error code's bit 3 (Intel SDM volume 3, section 4.7).
    var hasReservedBits: Bool { read != 0xff && read != 0x4d && read & 8 != 0 }
  }
}
