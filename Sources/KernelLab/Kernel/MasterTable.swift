import PageTableEditing
import PageTables

/// The editor of the kernel page table, behind a reference for the reason of ``MachineConstants``.
final class MasterTable: Sendable {
  let editor: PageTableEditor
  let root: PageTableRoot

  init(editor: PageTableEditor) {
    self.editor = editor
    root = editor.root
  }
}
