// One walk as a picture: the address's bits, the table each field leads to, the frame, and the bytes there.

import { answered, get, isReport } from "pagewalk/api";
import { address, bytes, count, go, h, hex, hex0x, link, parseAddress, plural, problem, put, settle,
  svg } from "pagewalk/dom";
import { Board, cells, legend, margin, rows } from "pagewalk/grid";
import { hexView } from "pagewalk/hexview";
import { entryKinds } from "pagewalk/paint";

const hues = ["a", "b", "c", "d", "e"];
const meanings = {
  t: "table", l: "page", h: "huge page", s: "not present, not empty", x: "invalid", "?": "unreadable",
    ".": "absent",
};

export async function render(context) {
  const { parameters, root, signal, source } = context;
  const { pid } = parameters;
  if (parameters.address === undefined && isReport) {
    const known = answered("/walk");
    const mine = known.find((one) => one.pid === String(pid)) ?? known[0];
    put(root, h("h1", {}, "Walks of this report"), walkList(known));
    if (mine) settle("walk", mine);
    return undefined;
  }
  if (parameters.address === undefined) {
    const strip = await get("/strip", { pid }, signal);
    const at = strip.cells.find((cell) => cell.mapped >= 1) ?? strip.cells.find((cell) => cell.mapped > 0)
      ?? strip.cells[0];
    settle("walk", { pid, address: at ? hex0x(at.first ?? at.start) : "0x0" });
    return undefined;
  }
  const at = parseAddress(parameters.address);
  put(root, form(parameters, context));
  if (at === undefined) {
    const text = `“${parameters.address}” is not an address: hexadecimal, such as 7e9e6c24.`;
    root.append(problem(new Error(text)));
    return undefined;
  }
  let walk;
  try {
    walk = await get("/walk", { pid, address: at }, signal);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    root.append(problem(error));
    if (isReport) root.append(walkList(answered("/walk")));
    return undefined;
  }
  const picture = new Picture(walk, parameters, source);
  context.onLeave(() => picture.dispose());
  root.append(picture.element);
  context.ready();
  await picture.load(pid, at, signal);
  return undefined;
}

function form(parameters, context) {
  const input = h("input", { type: "text", class: "mono", id: "address",
    value: parameters.address.replace(/^0x/, ""),
    spellcheck: "false", autocomplete: "off", "data-part": "address" });
  const submit = (event) => {
    event.preventDefault();
    const at = parseAddress(input.value);
    if (at === undefined) {
      input.setCustomValidity("An address in hexadecimal, such as 7e9e6c24");
      input.reportValidity();
    } else go("walk", { pid: parameters.pid, address: at });
  };
  return h("div", { class: "title" }, h("h1", {}, `Walk of ${context.processName(parameters.pid)}`),
    h("form", { class: "group", onsubmit: submit, oninput: () => input.setCustomValidity("") },
      h("label", { for: "address" }, "address"), input, h("button", {}, "Walk")),
    h("p", {}, h("a", { href: link("space", { pid: parameters.pid }) }, "its address space")));
}

/** What can be walked where there is no server. */
function walkList(known) {
  if (known.length === 0) return h("p", {},
    "No walk is part of this report: pagewalk report --walk PID ADDRESS puts one in.");
  return h("p", {}, "These are part of it: ", known.slice(0, 60).map((one) =>
    [h("a", { class: "mono", href: link("walk", one) }, `${one.pid} ${address(one.address)}`), " "]).flat());
}

class Picture {
  constructor(walk, parameters, source) {
    this.walk = walk;
    this.pid = parameters.pid;
    this.source = source;
    this.boards = [];
    this.fields = (walk.fields ?? []).map((field, i) => this.field(field, i));
    this.cards = walk.steps.map((step, i) => this.card(step, i));
    this.end = this.frame(source);
    this.lines = svg("svg", { class: "lines", "aria-hidden": "true" });
    this.stage = h("div", { class: "stage" },
      h("div", { class: "fields", role: "list", "aria-label": "The address's bits" },
        this.fields.map((field) => field.element)),
      h("div", { class: "cards" }, this.cards.map((card) => card.element), this.end), this.lines);
    this.element = h("div", {},
      h("p", { class: `sentence outcome-${walk.outcome}`, role: "status" }, outcomeMark(walk.outcome), " ",
        walk.sentence ?? walk.explanation ?? ""),
      this.stage,
      legend(["t", "l", "h", "s", "x", "?",
        "."].map((letter) => ({ letter, kind: entryKinds[letter], name: entryKinds[letter].name }))),
      h("p", { class: "muted" },
        `Root ${hex(walk.root)}, format ${walk.format}.`,
        walk.evidence ? ` Known from: ${walk.evidence}.` : ""));
    this.observer = new ResizeObserver(() => this.connect());
    this.observer.observe(this.stage);
  }

  dispose() {
    this.observer.disconnect();
    for (const board of this.boards) board.dispose();
  }

  field(field, i) {
    const isOffset = i === this.walk.fields.length - 1;
    const step = this.walk.steps.findIndex((one) => one.level === field.level);
    const reached = isOffset ? this.walk.outcome === "mapped" : step >= 0;
    const bits = field.high - field.low + 1;
    const digits = BigInt(field.value).toString(2).padStart(bits, "0").replace(/(?=(.{4})+$)/g,
      "\u200a").trim();
    const isSign = field.level === undefined && !isOffset;
    const hue = isOffset || isSign ? "offset" : hues[(step >= 0 ? step : i) % hues.length];
    const element = h("div", { class: `field hue-${hue}${reached || isSign ? "" : " unreached"}`, role: "listitem",
      "aria-label": `${field.name}, bits ${field.high} to ${field.low}: ${field.value}` },
    h("span", { class: "what" }, isOffset ? "offset" : field.level,
      isOffset || field.name === field.level ? "" : h("span", { class: "muted" }, ` ${field.name}`)),
    h("span", { class: "bits mono" }, digits),
    h("span", { class: "mono" }, isOffset ? `+${hex(field.value)}` : `${BigInt(field.value)}`,
      h("span", { class: "muted" }, isOffset ? "" : ` = ${hex0x(field.value)}`)),
    h("span", { class: "muted mono where" }, `${field.high}…${field.low}`));
    element.style.flexGrow = isSign ? bits / 2 : bits;
    return { element, step, isOffset, reached, hue };
  }

  card(step, i) {
    const place = h("div", { class: "place" }, h("p", { class: "wait" }, "Reading the table…"));
    const names = [step.level, ...(step.folded ?? [])].join(" = ");
    const before = i > 0 ? this.walk.steps[i - 1].effective : { kernel: "rwx", user: "rwx" };
    const element = h("section", { class: `card hue-${hues[i % hues.length]}`, "data-part": step.level,
      "aria-label": `Table of level ${step.level}` },
    h("h2", {}, names, h("span", { class: "muted" }, ` ${step.architectureName ?? ""}`)),
    h("p", { class: "mono" }, `at ${hex(step.table)}`,
      h("span", { class: "muted" },
      ` ${plural(step.tableEntries, "entry", "entries")}, each ${bytes(step.span)}`)),
    h("p", { class: "entry mono" }, h("span", { class: "muted" }, `[${step.index}] `),
      h("b", {}, hex(step.entry)), ` ${step.kind ?? step.meaning}`,
      step.next !== undefined && step.meaning === "table" ? ` → ${hex(step.next)}` : ""),
    step.effective ? rights(step.effective, before) : undefined,
    place,
    h("p", { class: "flags" }, step.flags?.length > 0
      ? step.flags.map((flag) => [h("code", {}, flag), " "]).flat()
      : h("span", { class: "muted" }, "no flag is set")),
    step.linux ? h("p", { class: "flags" }, h("span", { class: "muted" }, "Linux's own entry: "),
      h("span", { class: "mono" }, step.linux.entry ? hex(step.linux.entry) + " " : "this one "),
      (step.linux.flags ?? []).map((flag) => [h("code", {}, flag), " "]).flat()) : undefined,
    );
    return { element, place, step };
  }

  frame(source) {
    const { walk } = this;
    if (walk.outcome !== "mapped") {
      return h("section", { class: "card stop", "aria-label": "Where the walk stops" },
        h("h2", {}, outcomeMark(walk.outcome), ` ${walk.outcome.replace("-", " ")}`),
        h("p", {}, walk.explanation ?? walk.sentence ?? ""),
          walk.alsoLinux ? h("p", {}, `Linux: ${walk.alsoLinux.state}`,
          walk.alsoLinux.physical ? h("span", { class: "mono" }, ` ${hex(walk.alsoLinux.physical)}`) : "")
            : undefined);
    }
    const frame = BigInt(walk.physical) / BigInt(source.frameSizeBytes || 4096);
    const content = walk.bytes
      ? hexView(walk.bytes.start, walk.bytes.hex, Number(BigInt(walk.physical) - BigInt(walk.bytes.start)), 8)
      : h("p", { class: "muted" }, "Its bytes cannot be read in this source.");
    return h("section", { class: "card end", "aria-label": "The frame", "data-part": "frame" },
      h("h2", {}, `${bytes(walk.pageSize)} page`),
      h("p", { class: "mono" }, "physical ", h("b", {}, hex(walk.physical)), "  ",
        h("a", { href: link("frames", { frame: hex0x(frame) }) }, "who maps it")),
      walk.access !== undefined ? h("p", {}, "Rights over all levels: ",
        h("b", { class: "mono" }, walk.access === "" ? "none" : walk.access)) : undefined,
      walk.alsoLinux ? h("p", {}, `Linux's view: ${walk.alsoLinux.state}.`) : undefined, content);
  }

  async load(pid, at, signal) {
    await Promise.all(this.cards.map(async (card, i) => {
      try {
        const answer = await get("/table", { pid, address: at, level: card.step.level }, signal);
        this.draw(card, answer, i);
      } catch (error) {
        if (error.name === "AbortError") throw error;
        put(card.place, problem(error));
      }
    }));
    this.connect();
  }

  draw(card, answer, i) {
    const letters = answer.classes;
    const used = card.step.index;
    const total = letters.length;
    const columns = Math.min(total, total >= 2048 ? 64 : total >= 512 ? 32 : 16);
    const base = BigInt(answer.base);
    const each = BigInt(answer.spanBytes);
    const target = (index) => canonical((base + BigInt(index) * each) % (1n << 64n), this.walk.fields,
      this.source);
    const board = new Board({
      label: `Entries of the ${answer.level} at ${hex(answer.table)}; arrows move, Enter walks from there`,
      count: total, cursor: used, lit: [used],
      layout: (width) => rows(total, columns, Math.max(2.5, Math.min(14, (width - 2 * margin) / columns))),
      paint: (context, placed) => cells(context, placed, letters, entryKinds),
      describe: (index) =>
        `[${index}] ${meanings[letters[index]] ?? letters[index]}, `
        + `for ${address(target(index))} and ${bytes(each)} on`
        + (index === used ? "; this walk's entry" : ""),
      activate: (index) => go("walk", { pid: this.pid, address: hex0x(target(index)) }),
      onResize: () => this.connect(),
    });
    this.boards.push(board);
    card.board = board;
    card.index = used;
    const full = total - (letters.match(/\./g) ?? []).length;
    put(card.place, board.element, h("p", { class: "muted" },
      `${count(full)} of ${count(total)} are not empty`));
    board.resize();
  }

  /** Lines from each field to its table, and from each entry to what it points at. */
  connect() {
    const frame = this.stage.getBoundingClientRect();
    this.lines.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    this.lines.setAttribute("width", frame.width);
    this.lines.setAttribute("height", frame.height);
    const drawn = [svg("defs", {}, svg("marker",
      { id: "tip", viewBox: "0 0 8 8", refX: "7", refY: "4", markerWidth: "9", markerHeight: "9",
      markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
      svg("path", { d: "M0 0L8 4L0 8z", class: "tip" })))];
    const box = (element) => {
      const at = element.getBoundingClientRect();
      return { x: at.left - frame.left, y: at.top - frame.top, w: at.width, h: at.height };
    };
    const stacked = this.cards.length > 0 && box(this.cards[0].element).w > frame.width * 0.75;
    for (const field of this.fields) {
      const target = field.isOffset ? (field.reached ? this.end : undefined)
        : this.cards[field.step]?.element;
      if (!target) continue;
      const a = box(field.element);
      const b = box(target);
      // One below the other, lines run in the margin at the right.
      const lane = frame.width - 4 - 7 * (field.isOffset ? this.cards.length : field.step);
      const end = b.x + Math.min(b.w / 2, 120);
      const middle = a.y + a.h + 22;
      const start = a.x + a.w / 2;
      // In a lower row: round the right side, so that no line runs through a table.
      const isLower = b.y > box(this.cards[0].element).y + 40;
      const path = stacked ? `M${a.x + a.w} ${a.y + a.h / 2}H${lane}V${b.y + 18}H${b.x + b.w}`
        : isLower ? `M${start} ${a.y + a.h}V${a.y + a.h + 10}H${frame.width + 8}V${b.y - 20}H${end}V${b.y}`
          : `M${start} ${a.y + a.h}C${start} ${middle + 10} ${end} ${middle - 10} ${end} ${b.y}`;
      drawn.push(svg("path", { class: `lead hue-${field.hue}`, "marker-end": "url(#tip)", d: path }));
    }
    this.cards.forEach((card, i) => {
      const next = this.cards[i + 1]?.element ?? this.end;
      const from = card.board?.rectOf(card.index);
      if (!from || !next) return;
      const a = { x: from.left - frame.left, y: from.top - frame.top, w: from.width, h: from.height };
      const b = box(next);
      const middle = a.y + a.h / 2;
      let path;
      if (stacked) path = `M${a.x - 4} ${middle}H4V${b.y + 18}H${b.x}`;
      else if (b.x > a.x + a.w) path = curve(a.x + a.w + 4, middle, b.x,
        Math.max(b.y + 18, Math.min(middle, b.y + b.h - 12)));
      else {
        const card0 = box(card.element);
        path = `M${a.x + a.w + 4} ${middle}H${card0.x + card0.w + 12}V${b.y - 12}H${b.x + 24}V${b.y}`;
      }
      drawn.push(svg("path", { class: "points", d: path, "marker-end": "url(#tip)" }));
    });
    this.lines.replaceChildren(...drawn);
  }
}

function curve(x, y, toX, toY) {
  const bend = Math.max(20, (toX - x) / 2);
  return `M${x} ${y}C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
}

/** The same address with the upper bits that the format wants, where the space has a hole in its middle. */
function canonical(value, fields, source) {
  const high = fields?.[0]?.high;
  if (high === undefined || high < 33 || high > 62 || !source.userTop || !source.kernelBottom) return value;
  const mask = (1n << BigInt(high + 1)) - 1n;
  const extended = (value | ~mask) & 0xffffffffffffffffn;
  const isUpper = (value >> BigInt(high)) === 1n;
  return isUpper && value >= BigInt(source.userTop) && extended >= BigInt(source.kernelBottom) ? extended
    : value;
}

function outcomeMark(outcome) {
  return h("span", { class: "mark-outcome", "aria-hidden": "true" },
    outcome === "mapped" ? "●" : outcome === "not-mapped" ? "○" : "✕");
}

/** What kernel and user may do after this level, with what this level took away struck out. */
function rights(effective, before) {
  const row = (who) => h("span", { class: "who" }, h("span", { class: "muted" }, who),
    ["r", "w", "x"].map((right) => {
    const has = effective[who]?.includes(right);
    const had = (before?.[who] ?? "rwx").includes(right);
    return h("span", { class: `right ${has ? "has" : had ? "lost" : "gone"}`,
      "aria-label": `${right} ${has ? "allowed" : had ? "taken away here" : "not allowed"}` },
        has || had ? right : "–");
  }));
  return h("p", { class: "rights" }, "Access so far: ", row("kernel"), row("user"));
}
