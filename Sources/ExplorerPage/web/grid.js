// A board of cells on one canvas: a cursor by keyboard and pointer, and a line that says what is there.

import { h } from "pagewalk/dom";
import { cell, colours } from "pagewalk/paint";

/**
 * A board. `layout(width)` answers `{height, rect(i), hit(x, y), move(i, key)}`;
 * `paint(context, layout, width)` draws the cells; `describe(i)` says in a sentence what cell i is;
 * `activate(i)` follows it.
 */
export class Board {
  constructor(options) {
    Object.assign(this, { cursor: 0, count: 0 }, options);
    this.hovered = undefined;
    this.canvas = h("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "grid", "aria-label": this.label,
    });
    this.readout = h("p", { class: "readout", "aria-live": "polite" });
    this.element = h("div", { class: "board" }, this.canvas, this.readout);
    this.listen();
    this.canvas.repaint = () => this.repaint();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.tell();
  }

  dispose() {
    this.observer.disconnect();
  }

  /** New content with the same board. */
  update(options) {
    Object.assign(this, options);
    this.cursor = Math.min(this.cursor, Math.max(this.count - 1, 0));
    this.resize();
    this.tell();
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (width <= 0) return;
    this.width = width;
    this.placed = this.layout(width);
    const scale = window.devicePixelRatio || 1;
    const height = Math.ceil(this.placed.height);
    this.canvas.width = Math.round((this.placed.width ?? width) * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.width = `${this.placed.width ?? width}px`;
    this.canvas.style.height = `${height}px`;
    this.repaint();
    this.onResize?.();
  }

  repaint() {
    if (!this.placed) return;
    const context = this.canvas.getContext("2d");
    const scale = window.devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.paint(context, this.placed, this.placed.width ?? this.width);
    for (const index of this.lit ?? []) this.ring(context, index, 2.5, colours().ink);
    if (document.activeElement === this.canvas && this.count > 0) this.ring(context, this.cursor, 1.5,
      colours().vermilion);
    else if (this.hovered !== undefined) this.ring(context, this.hovered, 1, colours().muted);
  }

  ring(context, index, width, colour) {
    const at = this.placed.rect(index);
    if (!at) return;
    const [x, y, w, hgt] = at;
    const grow = Math.max(0, (7 - Math.min(w, hgt)) / 2) + width / 2;
    context.lineWidth = width;
    context.strokeStyle = colours().panel;
    context.strokeRect(x - grow - width, y - grow - width, w + 2 * (grow + width), hgt + 2 * (grow + width));
    context.strokeStyle = colour;
    context.strokeRect(x - grow, y - grow, w + 2 * grow, hgt + 2 * grow);
  }

  /** The cell's rectangle in the page, for lines that lead there. */
  rectOf(index) {
    const at = this.placed?.rect(index);
    if (!at) return undefined;
    const frame = this.canvas.getBoundingClientRect();
    return { left: frame.left + at[0], top: frame.top + at[1], width: at[2], height: at[3] };
  }

  tell() {
    const index = this.hovered ?? this.cursor;
    this.readout.textContent = this.count > 0 ? this.describe(index) : this.empty ?? "";
  }

  moveTo(index, quiet) {
    if (index === undefined || index < 0 || index >= this.count) return;
    this.cursor = index;
    this.hovered = undefined;
    this.tell();
    this.repaint();
    if (!quiet) this.onMove?.(index);
  }

  listen() {
    const at = (event) => {
      const frame = this.canvas.getBoundingClientRect();
      return this.placed?.hit(event.clientX - frame.left, event.clientY - frame.top);
    };
    let from;
    this.canvas.addEventListener("pointermove", (event) => {
      const index = at(event);
      if (index === this.hovered) return;
      this.hovered = index;
      this.canvas.classList.toggle("active", index !== undefined);
      this.tell();
      this.repaint();
    });
    this.canvas.addEventListener("pointerleave", () => {
      this.hovered = undefined;
      this.tell();
      this.repaint();
    });
    this.canvas.addEventListener("pointerdown", (event) => { from = at(event); });
    this.canvas.addEventListener("click", (event) => {
      const index = at(event);
      if (index === undefined) return;
      const dragged = from !== undefined && from !== index && this.select;
      this.moveTo(index, true);
      if (dragged) this.select(Math.min(from, index), Math.max(from, index));
      else this.activate?.(index);
    });
    this.canvas.addEventListener("focus", () => {
      this.hovered = undefined;
      this.tell();
      this.repaint();
    });
    this.canvas.addEventListener("blur", () => this.repaint());
    this.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (this.count > 0) this.activate?.(this.cursor);
        return;
      }
      if (this.onKey?.(event.key, this.cursor)) {
        event.preventDefault();
        return;
      }
      const key = event.shiftKey && event.key.startsWith("Arrow") ? "Far" + event.key.slice(5) : event.key;
      const index = this.placed?.move(this.cursor, key);
      if (index === undefined) return;
      event.preventDefault();
      this.moveTo(Math.max(0, Math.min(this.count - 1, index)));
    });
  }
}

/** Room for the ring around a cell at the rim. */
export const margin = 4;

/** Cells in rows. */
export function rows(count, columns, side, height = side, left = margin, top = margin) {
  const lines = Math.ceil(count / columns);
  return {
    width: 2 * left + columns * side,
    height: 2 * top + lines * height,
    side,
    rect: (i) => [left + (i % columns) * side, top + Math.floor(i / columns) * height, side, height],
    hit(x, y) {
      const column = Math.floor((x - left) / side);
      const row = Math.floor((y - top) / height);
      const index = row * columns + column;
      return column >= 0 && column < columns && row >= 0 && index < count ? index : undefined;
    },
    move: (i, key) => stepInRows(i, key, columns, count),
  };
}

/** Where a key leads in a grid of so many columns; undefined if it is no such key. */
export function stepInRows(i, key, columns, count) {
  const last = count - 1;
  const within = (to) => (to < 0 || to > last ? i : to);
  switch (key) {
    case "ArrowLeft": return within(i - 1);
    case "ArrowRight": return within(i + 1);
    case "ArrowUp": return within(i - columns);
    case "ArrowDown": return within(i + columns);
    case "FarLeft": return Math.max(0, i - Math.min(16, i % columns || columns));
    case "FarRight": return Math.min(last, i + 16);
    case "FarUp": return i % columns;
    case "FarDown": return within(Math.floor((last - (i % columns)) / columns) * columns + (i % columns));
    case "PageUp": return Math.max(i % columns, i - 8 * columns);
    case "PageDown": return within(Math.min(i + 8 * columns,
      Math.floor((last - (i % columns)) / columns) * columns + (i % columns)));
    case "Home": return 0;
    case "End": return last;
    default: return undefined;
  }
}

/** Cells along Hilbert's curve, in so much room: neighbours in memory are neighbours in the picture. */
export function hilbert(count, room, largest) {
  let order = 1;
  while (order * order < count) order *= 2;
  const places = new Int32Array(order * order).fill(-1);
  const xs = new Int16Array(count);
  const ys = new Int16Array(count);
  for (let i = 0; i < count; i += 1) {
    let x = 0;
    let y = 0;
    for (let s = 1, t = i; s < order; s *= 2, t = Math.floor(t / 4)) {
      const rx = 1 & (t / 2);
      const ry = 1 & (t ^ rx);
      if (ry === 0) {
        if (rx === 1) [x, y] = [s - 1 - x, s - 1 - y];
        [x, y] = [y, x];
      }
      x += s * rx;
      y += s * ry;
    }
    xs[i] = x;
    ys[i] = y;
    places[y * order + x] = i;
  }
  // What is drawn is only as large as what there is.
  const across = xs.reduce((most, x) => Math.max(most, x), 0) + 1;
  const down = ys.reduce((most, y) => Math.max(most, y), 0) + 1;
  const side = Math.min(largest, room / across);
  const at = (x, y) => {
    if (x < 0 || y < 0 || x >= order || y >= order) return undefined;
    const index = places[y * order + x];
    return index < 0 ? undefined : index;
  };
  const reach = (i, dx, dy) => at(xs[i] + dx, ys[i] + dy) ?? i;
  return {
    width: across * side + 2 * margin,
    height: down * side + 2 * margin,
    side,
    rect: (i) => [margin + xs[i] * side, margin + ys[i] * side, side, side],
    hit: (x, y) => at(Math.floor((x - margin) / side), Math.floor((y - margin) / side)),
    move(i, key) {
      switch (key) {
        case "ArrowLeft": return reach(i, -1, 0);
        case "ArrowRight": return reach(i, 1, 0);
        case "ArrowUp": return reach(i, 0, -1);
        case "ArrowDown": return reach(i, 0, 1);
        case "FarLeft": return reach(i, -8, 0);
        case "FarRight": return reach(i, 8, 0);
        case "FarUp": return reach(i, 0, -8);
        case "FarDown": return reach(i, 0, 8);
        case "PageUp": return Math.max(0, i - 64);
        case "PageDown": return Math.min(count - 1, i + 64);
        case "Home": return 0;
        case "End": return count - 1;
        default: return undefined;
      }
    },
  };
}

/** Draw a string of letters as cells. `only`: the one letter that is not dimmed. */
export function cells(context, placed, letters, kinds, only) {
  for (let i = 0; i < letters.length; i += 1) {
    const kind = kinds[letters[i]] ?? kinds["?"] ?? { colour: "grey", shape: "hatch" };
    const [x, y, w, hgt] = placed.rect(i);
    context.globalAlpha = only && only !== letters[i] ? 0.15 : 1;
    cell(context, kind, x, y, w, hgt, letters[i] === "." ? undefined : letters[i]);
  }
  context.globalAlpha = 1;
}

/** What the letters mean, with samples drawn as the cells are. */
export function legend(items, options = {}) {
  return h("ul", { class: "legend" }, items.map((item) => {
    const parts = [sample(item.kind, item.letter), h("span", {}, item.name),
      item.count !== undefined ? h("span", { class: "mono muted count" }, item.count) : undefined,
      item.more !== undefined ? h("span", { class: "mono muted more" }, item.more) : undefined];
    if (!options.choose) return h("li", {}, parts);
    const chosen = options.chosen === item.letter;
    return h("li", {}, h("button", {
      type: "button", class: "quiet", "aria-pressed": String(chosen),
        onclick: () => options.choose(chosen ? undefined : item.letter),
    }, parts));
  }));
}

function sample(kind, letter) {
  const canvas = h("canvas", { class: "sample", "aria-hidden": "true" });
  canvas.repaint = () => {
    const scale = window.devicePixelRatio || 1;
    canvas.width = 16 * scale;
    canvas.height = 16 * scale;
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    cell(context, kind, 1, 1, 14, 14, letter === "." || letter === " " ? undefined : letter);
  };
  canvas.repaint();
  return canvas;
}
