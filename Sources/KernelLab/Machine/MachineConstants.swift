import PageTableEditing

/// What does not change after a machine has booted.
///
/// It lies behind one reference because these values have thousands of members, and the compiler follows each
/// member of a noncopyable value through every function that touches it: held in ``Machine`` itself they made
/// the module take four times as long to compile.
final class MachineConstants: Sendable {
  let profile: Profile
  let layout: KernelLayout
  let format: EditingFormat
  let codec: EntryCodec

  init(_ profile: Profile, layout: KernelLayout, format: EditingFormat) {
    self.profile = profile
    self.layout = layout
    self.format = format
    codec = EntryCodec(profile.linuxEntryBits, format: profile.format)
  }
}
