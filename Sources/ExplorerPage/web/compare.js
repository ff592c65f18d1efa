// Kernel page table against process page tables: processes down, the kernel half's entries across.

import { get } from "pagewalk/api";
import { address, count, go, h, hex, hex0x, link, plural, put, range, sentence, span } from "pagewalk/dom";
import { Board, legend } from "pagewalk/grid";
import { cell, colours, comparisonKinds } from "pagewalk/paint";

const perPage = 64;

export async function render(context) {
  const { parameters, root, signal } = context;
  const from = Math.max(0, Number(parameters.from) || 0);
  const answer = await get("/compare", { from, count: perPage }, signal);
  put(root, h("h1", {}, "Kernel page table against process page tables"));
  const comparison = new Comparison(answer, {
    unfold: parameters.all === "1",
    follow: (pid, at) => go("walk", { pid, address: at }),
  });
  context.onLeave(() => comparison.dispose());
  root.append(comparison.summary());
  if (answer.columns.length > 0 && answer.rows.length > 0) {
    root.append(h("div", { class: "tools" },
      h("label", { class: "check" }, h("input",
        { type: "checkbox", checked: parameters.all === "1", "data-part": "all",
        onchange: (event) => go("compare", { ...parameters, all: event.target.checked ? "1" : undefined }) }),
      "show every column"),
      answer.rowCount > perPage ? h("span", { class: "turn" },
        from > 0 ? h("a", { href: link("compare",
          { ...parameters, from: Math.max(0, from - perPage) || undefined }) }, "← previous") : undefined,
        h("span", { class: "mono" }, `${from + 1}–${from + answer.rows.length} of ${answer.rowCount}`),
        from + perPage < answer.rowCount ? h("a",
          { href: link("compare", { ...parameters, from: from + perPage }) }, "next →") : undefined)
          : undefined));
    root.append(h("div", { "data-part": "grid" }, comparison.board.element), comparison.legend());
  }
  return { busy: answer.busy };
}

/** The grid; also drawn beside the lab's steps. */
export class Comparison {
  constructor(answer, options = {}) {
    this.options = options;
    this.take(answer);
    const board = this.content();
    this.board = new Board({
      label: "Processes down, entries of the kernel half across; arrows move, Enter walks",
      empty: "There is no process yet.",
      layout: (width) => this.layout(width),
        paint: (context, placed, width) => this.paint(context, placed, width),
      describe: (i) => this.describe(i),
      activate: (i) => {
        const { row, group } = this.at(i);
        this.options.follow?.(row.pid, hex0x(group.start));
      },
      ...board,
    });
  }

  dispose() {
    this.board.dispose();
  }

  update(answer) {
    this.take(answer);
    this.board.update(this.content());
  }

  take(answer) {
    this.answer = answer;
    this.groups = fold(answer, this.options.unfold);
  }

  content() {
    const first = this.firstRemarkable();
    return { count: this.groups.length * this.answer.rows.length,
      ...(first !== undefined && !this.board ? { cursor: first } : {}) };
  }

  firstRemarkable() {
    for (let row = 0; row < this.answer.rows.length; row += 1) {
      for (let at = 0; at < this.groups.length; at += 1) {
        if ("dsx".includes(this.letter(row, this.groups[at]))) return row * this.groups.length + at;
      }
    }
    return undefined;
  }

  letter(row, group) {
    const part = this.answer.rows[row].cells.slice(group.from, group.to);
    for (const letter of "xsde=") if (part.includes(letter)) return letter;
    return ".";
  }

  at(i) {
    const row = Math.floor(i / this.groups.length);
    return { rowIndex: row, row: this.answer.rows[row], group: this.groups[i % this.groups.length] };
  }

  layout(width) {
    const left = width < 600 ? 92 : 150;
    const top = 34;
    const folds = this.groups.filter((group) => group.folded).length;
    const singles = this.groups.length - folds;
    const room = width - left;
    let foldWidth = folds > 0 ? Math.min(84, Math.max(14, Math.max(room - singles * 22, room * 0.35) / folds))
      : 0;
    let side = singles > 0 ? Math.min(30, (room - folds * foldWidth) / singles) : 0;
    if (singles === 0) foldWidth = Math.min(foldWidth, room / folds);
    side = Math.max(side, 0.5);
    const xs = [left];
    for (const group of this.groups) xs.push(xs.at(-1) + (group.folded ? foldWidth : side));
    const height = 20;
    const columns = this.groups.length;
    const lines = this.answer.rows.length;
    return {
      width, height: top + lines * height + 2, left, top, xs, line: height,
      rect: (i) => {
        const column = i % columns;
        return [xs[column], top + Math.floor(i / columns) * height + 1, xs[column + 1] - xs[column],
          height - 2];
      },
      hit(x, y) {
        const row = Math.floor((y - top) / height);
        if (row < 0 || row >= lines || x < left || x >= xs.at(-1)) return undefined;
        let low = 0;
        let high = columns - 1;
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (xs[middle] <= x) low = middle;
          else high = middle - 1;
        }
        return row * columns + low;
      },
      move: (i, key) => {
        const column = i % columns;
        const row = Math.floor(i / columns);
        const to = (r, c) => Math.max(0, Math.min(lines - 1, r)) * columns
          + Math.max(0, Math.min(columns - 1, c));
        switch (key) {
          case "ArrowLeft": return to(row, column - 1);
          case "ArrowRight": return to(row, column + 1);
          case "ArrowUp": return to(row - 1, column);
          case "ArrowDown": return to(row + 1, column);
          case "FarLeft": return to(row, column - 16);
          case "FarRight": return to(row, column + 16);
          case "FarUp": return to(0, column);
          case "FarDown": return to(lines - 1, column);
          case "PageUp": return to(row - 10, column);
          case "PageDown": return to(row + 10, column);
          case "Home": return to(row, 0);
          case "End": return to(row, columns - 1);
          default: return undefined;
        }
      },
    };
  }

  paint(context, placed, width) {
    const palette = colours();
    this.heads(context, placed, width, palette);
    context.textBaseline = "middle";
    this.answer.rows.forEach((row, at) => {
      const y = placed.top + at * placed.line;
      context.font = `12px ${palette.mono}`;
      context.fillStyle = palette.muted;
      context.textAlign = "right";
      context.fillText(String(row.pid), 36, y + placed.line / 2);
      context.fillStyle = palette.ink;
      context.textAlign = "left";
      const room = Math.floor((placed.left - 48) / context.measureText("0").width);
      const name = row.command ?? "";
      context.fillText(name.length > room ? name.slice(0, room - 1) + "…" : name, 44, y + placed.line / 2);
      this.groups.forEach((group, column) => {
        const [x, top, w, height] = placed.rect(at * this.groups.length + column);
        const letter = this.letter(at, group);
        if (group.folded) {
          context.fillStyle = palette.faint;
          context.fillRect(x + 1, top, w - 2, height);
          context.fillStyle = letter === "=" ? palette.grey : palette.line;
          context.fillRect(x + 1, top + height / 2 - 1.5, w - 2, 3);
        } else {
          cell(context, comparisonKinds[letter] ?? comparisonKinds["."], x, top, w, height,
            letter === "=" || letter === "." ? undefined : letter);
        }
      });
    });
  }

  /** Names of regions, and how many columns a fold stands for. */
  heads(context, placed, width, palette) {
    let at = 0;
    let free = 0;
    context.textBaseline = "alphabetic";
    while (at < this.groups.length) {
      let to = at + 1;
      while (to < this.groups.length && this.groups[to].region === this.groups[at].region) to += 1;
      const x = placed.xs[at];
      const w = placed.xs[to] - x;
      context.fillStyle = this.groups[at].region === undefined ? palette.faint : palette.line;
      context.fillRect(x + 1, 17, Math.max(w - 2, 1), 2);
      context.font = `11px ${palette.mono}`;
      context.fillStyle = palette.ink;
      context.textAlign = "left";
      const name = this.groups[at].region ?? "";
      const last = to === this.groups.length;
      const room = Math.floor(((last ? width - x : w) - 3) / context.measureText("0").width);
      if (x >= free && room >= 3) {
        const text = name.length > room ? name.slice(0, room - 1) + "…" : name;
        context.fillText(text, x + 1, 12);
        free = x + context.measureText(text).width;
      }
      at = to;
    }
    context.font = `10px ${palette.mono}`;
    context.fillStyle = palette.muted;
    context.textAlign = "center";
    this.groups.forEach((group, column) => {
      const x = placed.xs[column];
      const w = placed.xs[column + 1] - x;
      const texts = group.folded ? [`${group.total}`]
        : group.count > 1 ? [`${hex(group.index)}×${group.count}`, `×${group.count}`] : [hex(group.index)];
      const text = texts.find((one) => context.measureText(one).width <= w);
      if (text && context.measureText(text).width <= w) context.fillText(text, x + w / 2, 30);
    });
  }

  describe(i) {
    const { rowIndex, row, group } = this.at(i);
    const where = `${row.pid} ${row.command}`;
    if (group.folded) {
      return `${where} · ${range(group.start, group.end)}${group.region ? ", " + group.region : ""}`
        + ` · ${plural(group.total, "entry", "entries")}`
        + " that are the same, or absent in both, in every process shown";
    }
    const letter = this.letter(rowIndex, group);
    const note = row.notes?.find((one) => one.column >= group.from && one.column < group.to);
    const entry = group.count > 1 ? `${this.answer.level} ${group.index}–${group.index + group.count - 1}`
      : `${this.answer.level} ${group.index}`;
    return `${where} · ${entry} · ${range(group.start, group.end)}, ${span(group.start, group.end)}`
      + `${group.region ? " · " + group.region : ""} · ${comparisonKinds[letter]?.name ?? letter}`
      + (note ? `: ${note.why}` : "");
  }

  counts() {
    const result = {};
    for (const row of this.answer.rows) {
      for (let i = 0; i < row.cells.length; i += 1) {
        const letter = row.cells[i];
        result[letter] = (result[letter] ?? 0) + (this.answer.columns[i]?.count ?? 1);
      }
    }
    return result;
  }

  summary() {
    const { answer } = this;
    if (answer.columns.length === 0 || answer.sharing === "separate-roots") {
      return h("p", { class: "sentence" }, answer.why ?? "There is nothing to compare: no entry is copied.");
    }
    const counts = this.counts();
    const odd = ["d", "s", "x", "e"].filter((letter) => counts[letter] > 0)
      .map((letter) => `${count(counts[letter])} ${comparisonKinds[letter].name}`);
    return h("p", { class: "sentence" }, `Kernel page table ${hex(answer.master)} against `
      + `${plural(answer.rowCount, "process", "processes")}, level ${answer.level}: `
      + (odd.length > 0 ? odd.join(", ") + "; the rest is the same." : "all entries are the same."),
        answer.why ? ` ${sentence(answer.why)}` : "");
  }

  legend() {
    const counts = this.counts();
    return legend(Object.entries(comparisonKinds).map(([letter, kind]) => ({
      letter, kind, name: kind.name, count: counts[letter] ? count(counts[letter]) : undefined,
    })));
  }
}

/** Runs of columns in which nothing is remarkable take one column together. */
function fold(answer, unfold) {
  const groups = [];
  answer.columns.forEach((column, i) => {
    const plain = answer.rows.every((row) => row.cells[i] === "=" || row.cells[i] === ".");
    const last = groups.at(-1);
    if (!unfold && plain && last?.plain && last.region === column.region) {
      last.to = i + 1;
      last.end = column.end;
      last.total += column.count ?? 1;
      last.folded = true;
    } else {
      groups.push({ ...column, from: i, to: i + 1, plain, total: column.count ?? 1 });
    }
  });
  return groups;
}
