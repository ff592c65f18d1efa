// The lab's machine after a step: what happened, what changed, tables, TLB, counters, frames.

import { address, bytes, count, h, hex, put, table } from "pagewalk/dom";
import { Board, cells, legend, margin, rows } from "pagewalk/grid";
import { Comparison } from "pagewalk/compare";
import { frameKinds } from "pagewalk/paint";

const listedChanges = 40;
const listedCounters = 40;

export class Machine {
  constructor() {
    this.action = h("p", { class: "action mono" });
    this.explanation = h("ul", { class: "explanation", "aria-live": "polite",
      "aria-label": "What happened" });
    this.statements = h("ul", { class: "statements" });
    this.changes = h("div", {});
    this.tasks = h("div", {});
    this.tlb = h("div", {});
    this.counters = h("dl", { class: "counters" });
    this.grid = h("div", { "data-part": "lab-grid" });
    this.frames = h("div", { "data-part": "lab-frames" });
    const part = (title, content, wide) =>
      h("section", { class: wide ? "panel wide" : "panel", "aria-label": title }, h("h2", {}, title),
      content);
    this.element = h("div", { class: "machine" },
      h("section", { class: "panel wide", "aria-label": "Step" }, this.action, this.explanation,
        this.statements),
      part("Entries that changed", this.changes, true),
      part("Kernel page table against processes", this.grid, true),
      part("Processes", this.tasks), part("TLB", this.tlb), part("Counters", this.counters),
        part("Frames", this.frames, true));
  }

  dispose() {
    this.comparison?.dispose();
    this.map?.dispose();
  }

  show(state) {
    this.action.textContent = state.action?.text ?? "The machine has booted.";
    const said = [...(state.results ?? []), ...(state.explanation ?? [])];
    put(this.explanation, [...new Set(said)].slice(0, 60).map((line) => h("li", {}, line)),
      state.failure ? h("li", { class: "unmet" },
        `The story cannot go on: line ${state.failure.line}: ${state.failure.message}`) : undefined);
    put(this.statements, (state.expectations ?? []).slice(0, 40).map((one) => {
      const text = one.statement ?? one.text ?? "";
      return h("li", { class: one.met ? "met" : "unmet" }, one.met ? "✓ met: " : "✗ not met: ",
        h("code", {}, text), one.seen ? ` (seen: ${one.seen})` : "");
    }));
    this.showChanges(state.changes ?? [], state.changesLeftOut ?? 0);
    this.showTasks(state.tasks ?? []);
    this.showTLB(state.tlb ?? []);
    this.showCounters(state.counters ?? {}, state.counted ?? {});
    this.showGrid(state.compare);
    this.showFrames(state.frames);
  }

  showChanges(changes, leftOut) {
    const shown = changes.slice(0, listedChanges);
    const rest = changes.length - shown.length + leftOut;
    put(this.changes, shown.length === 0 ? h("p", { class: "muted" }, "None in this step.")
      : table("Entries that changed", ["who", "level", "index", "for", "before", "", "after", "meaning"],
        shown.map((change) => ({
        class: "lit", cells: [
          change.process ?? "kernel", change.linux ? `${change.level}, Linux's` : change.level,
            h("span", { class: "mono" }, change.index),
            h("span", { class: "mono" }, change.address !== undefined ? address(change.address) : ""),
          h("span", { class: "mono" }, hex(change.before)), "→",
            h("span", { class: "mono" }, hex(change.after)), change.meaning ?? ""],
      })), [2]),
    rest > 0 ? h("p", { class: "muted" }, `and ${count(rest)} more`) : undefined);
  }

  showTasks(tasks) {
    put(this.tasks, tasks.length === 0 ? h("p", { class: "muted" }, "None yet.")
      : table("Processes", ["pid", "command", "CPU", "root"], tasks.slice(0, 64).map((task) => ({
        class: task.cpu !== undefined ? "running" : undefined,
        cells: [task.pid, [task.command, task.exited ? " (exited)" : "",
          task.borrows !== undefined ? ` (on the tables of ${task.borrows})` : ""].join(""), task.cpu ?? "–",
          task.root !== undefined ? h("span", { class: "mono" }, hex(task.root)) : ""],
      })), [0]));
  }

  showTLB(entries) {
    const now = new Set(entries.map(tlbKey));
    const fresh = (entry) => this.lastTLB && !this.lastTLB.has(tlbKey(entry));
    put(this.tlb, entries.length === 0 ? h("p", { class: "muted" }, "Empty.")
      : table("TLB", ["CPU", "page", "size", "physical", "ASID", "rights"],
        entries.slice(0, 64).map((entry) => ({
        class: fresh(entry) ? "lit" : undefined,
        cells: [entry.cpu, h("span", { class: "mono" }, address(entry.page)),
          entry.pageSize ? bytes(entry.pageSize) : "", h("span", { class: "mono" }, hex(entry.frame)),
          entry.global ? "global" : entry.asid ?? "–", h("span", { class: "mono" }, entry.access ?? "")],
      })), [0]));
    this.lastTLB = now;
  }

  showCounters(counters, grown) {
    const names = Object.keys(counters).filter((name) => counters[name] !== 0).slice(0, listedCounters);
    put(this.counters, names.length === 0 ? h("dt", { class: "muted" }, "All are 0.") : names.map((name) => {
      const difference = grown[name] ?? 0;
      return [h("dt", {}, name), h("dd", { class: difference !== 0 ? "mono lit" : "mono" },
        count(counters[name]),
        difference !== 0 ? ` (${difference > 0 ? "+" : "−"}${Math.abs(difference)})` : "")];
    }).flat());
  }

  showGrid(answer) {
    if (!answer) return;
    if (!this.comparison) {
      this.comparison = new Comparison(answer);
      this.sentence = h("div", {});
      this.key = h("div", {});
      put(this.grid, this.sentence, this.comparison.board.element, this.key);
    } else this.comparison.update(answer);
    put(this.sentence, answer.rows.length > 0 || answer.why ? this.comparison.summary() : undefined);
    put(this.key, this.comparison.legend());
  }

  showFrames(answer) {
    if (!answer) return;
    const letters = answer.cells;
    const names = new Map(answer.legend.map((item) => [item.letter, item.name]));
    const before = this.lastFrames;
    const lit = [];
    if (before?.from === answer.from && before.cells.length === letters.length) {
      for (let i = 0; i < letters.length
        && lit.length < 64; i += 1) if (letters[i] !== before.cells[i]) lit.push(i);
    }
    this.lastFrames = answer;
    const content = {
      count: letters.length, lit, letters,
      layout: (width) => {
        const columns = Math.min(letters.length || 1, width < 600 ? 64 : 128);
        return rows(letters.length, columns, Math.min(12, (width - 2 * margin) / columns));
      },
      paint: (context, placed) => cells(context, placed, letters, frameKinds),
      describe: (i) => {
        const frame = BigInt(answer.from) + BigInt(i) * BigInt(answer.framesPerCell);
        const more = answer.framesPerCell > 1 ? ` and ${count(answer.framesPerCell - 1)} more` : "";
        return `frame ${hex(frame)}${more} · ${names.get(letters[i]) ?? "unknown"}`
          + (lit.includes(i) ? " · changed in this step" : "");
      },
    };
    if (!this.map) {
      this.map = new Board({ label: "Frames of the lab's memory; arrows move", ...content });
      this.frameKey = h("div", {});
      put(this.frames, this.map.element, this.frameKey);
    } else this.map.update(content);
    put(this.frameKey, legend(answer.legend.filter((item) => item.count > 0).map((item) =>
      ({ letter: item.letter, kind: frameKinds[item.letter] ?? frameKinds.u, name: item.name,
      count: count(item.count) }))));
  }
}

function tlbKey(entry) {
  return `${entry.cpu} ${entry.page} ${entry.frame} ${entry.asid} ${entry.access}`;
}
