// Which process: a box that searches by PID or command.

import { h, put, link } from "pagewalk/dom";

const shown = 60;

/** What a process is called in a title. */
export function processName(process) {
  return process.pid === "kernel" ? "kernel page table" : `${process.pid} ${process.command}`;
}

/** The box; `choose(process)` is called with what was chosen. `more(from)` asks for further processes. */
export class Chooser {
  constructor(source, choose, more) {
    const kernel = source.hasKernel === false ? []
      : [{ pid: "kernel", command: "kernel", note: "the kernel page table" }];
    this.processes = [...kernel, ...source.processes];
    this.kernels = kernel.length;
    this.total = source.processCount + kernel.length;
    this.choose = choose;
    this.more = more;
    this.active = 0;
    this.input = h("input", {
      id: "process", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", class: "mono",
      "aria-expanded": "false", "aria-controls": "process-list", "aria-autocomplete": "list",
      placeholder: "PID or command",
    });
    this.list = h("ul", { id: "process-list", role: "listbox", "aria-label": "Processes", hidden: true });
    this.element = h("div", { class: "chooser" }, h("label", { for: "process" }, "process"), this.input,
      this.list);
    this.input.addEventListener("focus", () => {
      this.input.select();
      this.open("");
    });
    this.input.addEventListener("input", () => this.open(this.input.value));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  /** The process with this PID, if it is known. */
  find(pid) {
    return this.processes.find((process) => String(process.pid) === String(pid));
  }

  /** Show which one is looked at. */
  show(pid) {
    this.current = pid;
    const process = this.find(pid);
    this.input.value = process ? processName(process) : pid === undefined ? "" : String(pid);
  }

  matches(text) {
    const words = text.trim().toLowerCase();
    const suits = (process) => words === ""
      ? !process.kernelThread
      : String(process.pid).startsWith(words) || process.command.toLowerCase().includes(words);
    return this.processes.filter(suits);
  }

  open(text) {
    const found = this.matches(text);
    this.found = found.slice(0, shown);
    const current = this.found.findIndex((process) => String(process.pid) === String(this.current));
    this.active = text === "" && current >= 0 ? current : 0;
    const rest = [];
    if (found.length > shown) rest.push(`${found.length - shown} more: type to find them`);
    if (this.processes.length < this.total) rest.push("reading the rest of the processes…");
    if (found.length === 0) rest.push("no process is called so, and none has that PID");
    put(this.list, this.found.map((process, i) => h("li", {
      id: `process-${i}`, role: "option", "aria-selected": String(i === this.active),
      onpointerdown: (event) => {
        event.preventDefault();
        this.take(process);
      },
    }, h("span", { class: "mono" }, process.pid), h("span", {}, process.command),
    h("span", { class: "muted" }, note(process)))),
      rest.map((line) => h("li", { class: "muted note" }, line)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
    if (this.processes.length < this.total) this.readMore();
  }

  async readMore() {
    if (this.reading) return;
    this.reading = true;
    try {
      const next = await this.more(this.processes.length - this.kernels);
      if (next.length === 0) this.total = this.processes.length;
      this.processes.push(...next);
    } catch {
      this.total = this.processes.length;
    }
    this.reading = false;
    if (!this.list.hidden) this.open(document.activeElement === this.input && this.typed ? this.input.value
      : "");
  }

  close() {
    this.list.hidden = true;
    this.typed = false;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.show(this.current);
  }

  mark() {
    [...this.list.querySelectorAll("[role=option]")].forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === this.active));
      if (i === this.active) option.scrollIntoView({ block: "nearest" });
    });
    if (this.found.length > 0) this.input.setAttribute("aria-activedescendant", `process-${this.active}`);
  }

  take(process) {
    this.current = process.pid;
    this.input.blur();
    this.choose(process);
  }

  key(event) {
    const last = this.found.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.open("");
      else {
        this.active = Math.max(0, Math.min(last, this.active + (event.key === "ArrowDown" ? 1 : -1)));
        this.mark();
      }
    } else if (event.key === "Enter" && !this.list.hidden && this.found[this.active]) {
      event.preventDefault();
      this.take(this.found[this.active]);
    } else if (event.key === "Escape") {
      this.input.blur();
    } else {
      this.typed = true;
    }
  }
}

function note(process) {
  if (process.note) return process.note;
  if (process.kernelThread) return "kernel thread";
  const parts = [];
  if (process.current !== undefined) parts.push(`on CPU ${process.current}`);
  const levels = Object.entries(process.tablePages ?? {});
  if (levels.length > 0) parts.push(levels.map(([level, pages]) => `${level} ${pages}`).join(", ")
    + " pages");
  return parts.join("; ");
}

/** A link to a process's address space. */
export function spaceLink(pid, text) {
  return h("a", { href: link("space", { pid }) }, text ?? pid);
}
