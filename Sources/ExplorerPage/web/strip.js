// A process's address space as a strip: a lane a level, a lane for what is mapped and how; holes are folded.

import { get } from "pagewalk/api";
import {
  address, go, h, hex0x, link, notes, parseAddress, percent, plural, put, range, sentence, span, table,
    walkLink,
} from "pagewalk/dom";
import { Board, legend } from "pagewalk/grid";
import { accessKind, accessKinds, cell as paintCell, colours } from "pagewalk/paint";

const gutter = 46;
const areasPerPage = 60;
const lanes = { names: 18, mapped: 34, level: 16, right: 8, axis: 18, gap: 6 };

export async function render(context) {
  const { parameters, root, signal } = context;
  const pid = parameters.pid;
  const answer = await get("/strip", { pid, from: parameters.from, to: parameters.to }, signal);
  const halves = split(answer, context.source);
  const zoom = zooming(answer, parameters, context.source);

  put(root,
    h("div", { class: "title" }, h("h1", {}, `Address space of ${context.processName(pid)}`),
      h("p", { class: "muted" }, parameters.from || parameters.to
        ? `${range(answer.from, answer.to)}, ${span(answer.from, answer.to)} of it. ` : "From 0 to the top. ",
      "Holes are folded. Click or Enter walks; drag or + zooms.")),
    h("div", { class: "tools" }, zoom.buttons, jump(pid)));
  for (const half of halves) {
    const board = strip(half, answer, pid, zoom);
    context.onLeave(() => board.dispose());
    root.append(h("section", { class: "half", "data-part": half.name, "aria-label": half.title },
      h("h2", {}, half.title, h("span", { class: "muted mono" }, ` ${range(half.start, half.end)}`)),
        board.element));
  }
  if (halves.length === 0) root.append(h("p", {}, "Nothing is mapped here."));
  root.append(legend(Object.values(accessKinds).map((kind) => ({ kind, name: kind.name }))
    .concat([{ kind: { colour: "blue", shape: "solid" }, name: "entry present at that level" }])));
  root.append(...notes(answer), areaList(answer, parameters, pid));
  return { busy: answer.busy };
}

/** The user's and the kernel's half, each with its pieces and its columns. */
function split(answer, source) {
  const top = source.userTop === undefined ? undefined : BigInt(source.userTop) + 1n;
  const halves = [];
  let column = 0;
  for (const piece of answer.pieces) {
    let half = halves.at(-1);
    if (!half || half.name !== piece.half) {
      half = { name: piece.half, start: piece.start, pieces: [], from: column,
        title: piece.half === "kernel" ? "Kernel half" : "User half" };
      halves.push(half);
    }
    // Between the halves of a 64-bit space there are no addresses at all.
    const beyond = half.name === "user" && top !== undefined && BigInt(piece.end) > top && BigInt(piece.start) < top;
    if (beyond) piece.end = hex0x(top);
    half.end = piece.end;
    half.pieces.push({ ...piece, at: column - half.from });
    column += piece.columns;
    half.cells = answer.cells.slice(half.from, column);
  }
  return halves.filter((half) => half.cells.length > 0);
}

/** Where + and − lead: the strip is zoomed as it is drawn, so that folded holes stay folded. */
function zooming(answer, parameters, source) {
  const { pid } = parameters;
  const whole = () => go("space", { pid });
  const to = (from, end) => go("space", { pid, from: hex0x(from), to: hex0x(end) });
  const into = (first, last) => {
    const from = BigInt(answer.cells[first].start);
    const end = BigInt(answer.cells[last].end);
    if (end > from) to(from, end);
  };
  const around = (column) => {
    const reach = Math.max(1, Math.floor(answer.cells.length / 8));
    into(Math.max(0, column - reach), Math.min(answer.cells.length - 1, column + reach));
  };
  const out = () => {
    const from = BigInt(answer.from);
    const end = BigInt(answer.to);
    const size = (end - from) * 2n;
    const top = 1n << BigInt(source.virtualBits > 32 ? 64 : 32);
    if (size >= top / 4n) whole();
    else {
      const low = from > size / 2n ? from - size / 2n : 0n;
      const high = end + size / 2n < top ? end + size / 2n : top;
      to(low, high);
    }
  };
  const zoomed = parameters.from !== undefined || parameters.to !== undefined;
  const state = { column: Math.floor(answer.cells.length / 2) };
  const buttons = h("span", { class: "group" },
    h("button", { type: "button", onclick: () => around(state.column), "data-part": "in" }, "+ Zoom in"),
    h("button", { type: "button", onclick: out, disabled: !zoomed, "data-part": "out" }, "− Zoom out"),
    h("button", { type: "button", onclick: whole, disabled: !zoomed, "data-part": "all" }, "Whole space"));
  return { into, around, out, whole, buttons, state, zoomed };
}

function jump(pid) {
  const input = h("input", { type: "text", class: "mono", placeholder: "address",
    "aria-label": "Address to walk",
    spellcheck: "false", autocomplete: "off" });
  return h("form", { class: "group", onsubmit: (event) => {
    event.preventDefault();
    const at = parseAddress(input.value);
    if (at === undefined) input.setCustomValidity("An address in hexadecimal, such as 7e9e6c24");
    else go("walk", { pid, address: at });
    input.reportValidity();
  }, oninput: () => input.setCustomValidity("") }, input, h("button", {}, "Walk"));
}

function strip(half, answer, pid, zoom) {
  const { cells } = half;
  const levels = answer.levelNames;
  const hasHuge = cells.some((cell) => cell.huge > 0);
  const rights = ["r", "w", "x", "u"].filter((right) =>
    answer.cells.some((cell) => cell.access?.includes(right)));
  const rows = [
    { name: "", height: lanes.names }, { name: "mapped", height: lanes.mapped },
    ...rights.map((right) => ({ name: right, right, height: lanes.right })),
    ...(hasHuge ? [{ name: "huge", huge: true, height: lanes.right }] : []),
    ...levels.map((level) => ({ name: level, level, height: lanes.level })),
  ];
  let top = 0;
  for (const row of rows) {
    row.top = top;
    top += row.height + (row.right || row.huge ? 4 : lanes.gap);
  }
  const bottom = top;
  const layout = (width) => {
    const unit = (width - gutter) / cells.length;
    return {
      width, height: bottom + lanes.axis, unit,
      rect(i) {
        const piece = pieceAt(half, i);
        const [from, width] = piece.gap ? [piece.at, piece.columns] : [i, 1];
        return [gutter + from * unit, lanes.names, width * unit, bottom - lanes.names - lanes.gap];
      },
      hit(x) {
        const index = Math.floor((x - gutter) / unit);
        return index >= 0 && index < cells.length ? index : undefined;
      },
      move(i, key) {
        const step = Math.max(1, Math.round(cells.length / 32));
        switch (key) {
          case "ArrowLeft": return beside(half, i, -1);
          case "ArrowRight": return beside(half, i, 1);
          case "FarLeft": case "PageUp": return i - step;
          case "FarRight": case "PageDown": return i + step;
          case "ArrowUp": return nextPiece(half, i, -1);
          case "ArrowDown": return nextPiece(half, i, 1);
          case "Home": return 0;
          case "End": return cells.length - 1;
          default: return undefined;
        }
      },
    };
  };
  const first = Math.max(0, cells.findIndex((cell) => cell.mapped > 0));
  const board = new Board({
    label: `${half.title} of the address space; arrows move, up and down by piece, plus and minus zoom, `
      + "Enter walks",
    count: cells.length, cursor: first, layout,
    paint: (context, placed) => draw(context, placed, half, rows),
    describe: (i) => describe(half, i, levels),
    activate: (i) => {
      const piece = pieceAt(half, i);
      go("walk", { pid, address: hex0x(piece.gap ? piece.start : cells[i].first ?? cells[i].start) });
    },
    select: (a, b) => zoom.into(half.from + a, half.from + b),
    onMove: (i) => { zoom.state.column = half.from + i; },
    onKey(key, i) {
      if (key === "+" || key === "=") zoom.around(half.from + i);
      else if (key === "-" && zoom.zoomed) zoom.out();
      else if (key === "0" && zoom.zoomed) zoom.whole();
      else return ["+", "=", "-", "0"].includes(key);
      return true;
    },
  });
  zoom.state.column = half.from + first;
  board.canvas.addEventListener("focus", () => { zoom.state.column = half.from + board.cursor; });
  return board;
}

/** The neighbour of a column; a folded hole is one step wide. */
function beside(half, i, direction) {
  const piece = pieceAt(half, i);
  if (!piece.gap) return i + direction;
  return direction > 0 ? Math.min(piece.at + piece.columns, half.cells.length - 1) : Math.max(piece.at - 1, 0);
}

function nextPiece(half, i, direction) {
  const starts = half.pieces.map((piece) => piece.at);
  if (direction > 0) return starts.find((at) => at > i) ?? i;
  return starts.findLast((at) => at < i) ?? 0;
}

function pieceAt(half, i) {
  return half.pieces.findLast((piece) => piece.at <= i);
}

function describe(half, i, levels) {
  const cell = half.cells[i];
  const piece = pieceAt(half, i);
  if (piece.gap) {
    const size = span(piece.start, piece.end);
    return `${range(piece.start, piece.end)}  ${size}: a hole, folded. Nothing is mapped.`;
  }
  const parts = [`${range(cell.start, cell.end)}  ${span(cell.start, cell.end)}`];
  if (cell.area ?? piece.name) parts.push(cell.area ?? piece.name);
  parts.push(cell.mapped > 0
    ? `${cell.mapped >= 1 ? "mapped" : percent(cell.mapped) + " mapped"} ${rightsText(cell.access)}`
    : "nothing mapped");
  if (cell.huge > 0) parts.push(`${percent(cell.huge)} by huge pages`);
  parts.push("entries present: " + levels.map((level) =>
    `${level} ${percent(cell.levels[level] ?? 0)}`).join(", "));
  return parts.join(" · ");
}

/** `rwxu` with a dash where a right is missing. */
export function rightsText(access) {
  return ["r", "w", "x", "u"].map((right) => (access?.includes(right) ? right : "-")).join("");
}

function draw(context, placed, half, rows) {
  const palette = colours();
  const { unit } = placed;
  context.textBaseline = "middle";
  context.font = `11px ${palette.mono}`;
  for (const row of rows) {
    context.fillStyle = palette.muted;
    context.textAlign = "right";
    if (row.name) context.fillText(row.name, gutter - 6, row.top + row.height / 2 + 0.5);
    context.fillStyle = palette.faint;
    if (row.name) context.fillRect(gutter, row.top, placed.width - gutter, row.height);
  }
  for (const piece of half.pieces) {
    const x = gutter + piece.at * unit;
    const width = piece.columns * unit;
    if (piece.gap) fold(context, x, width, rows, piece);
    else {
      runs(context, half, piece, rows, unit);
      title(context, piece, x, width, rows[0]);
    }
  }
  axis(context, half, placed, rows.at(-1));
}

/** Neighbours that look the same are drawn as one, so that patterns are whole. */
function runs(context, half, piece, rows, unit) {
  const palette = colours();
  const end = piece.at + piece.columns;
  for (const row of rows) {
    if (!row.name) continue;
    let from = piece.at;
    while (from < end) {
      const look = looks(half.cells[from], row);
      let to = from + 1;
      while (to < end && same(look, looks(half.cells[to], row))) to += 1;
      const x = gutter + from * unit;
      const width = (to - from) * unit;
      if (look.share > 0) {
        const height = Math.max(2, Math.round(look.share * row.height));
        const top = row.top + row.height - height;
        if (look.kind) paintCell(context, look.kind, x, top, Math.max(width, 1), height);
        else {
          context.fillStyle = palette[look.colour];
          context.fillRect(x, top, Math.max(width, 1), height);
        }
      }
      from = to;
    }
  }
}

function looks(cell, row) {
  if (row.level) return { share: cell.levels[row.level] ?? 0, colour: "blue" };
  if (row.right) return { share: cell.mapped > 0 && cell.access?.includes(row.right) ? 1 : 0,
    colour: row.right === "u" ? "muted" : "ink" };
  if (row.huge) return { share: cell.huge ?? 0, colour: "purple" };
  return { share: cell.mapped, kind: cell.mapped > 0 ? accessKinds[accessKind(cell.access ?? "")]
    : undefined };
}

function same(a, b) {
  return Math.abs(a.share - b.share) < 0.02 && a.kind === b.kind && (a.share > 0) === (b.share > 0);
}

function fold(context, x, width, rows, piece) {
  const palette = colours();
  const top = rows[1].top;
  const bottom = rows.at(-1).top + rows.at(-1).height;
  context.fillStyle = palette.ground;
  context.fillRect(x, top, width, bottom - top);
  context.strokeStyle = palette.muted;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x + width / 2, top);
  context.lineTo(x + width / 2, bottom);
  context.stroke();
  context.setLineDash([]);
  const text = span(piece.start, piece.end).replace(".00", "");
  context.font = `10px ${palette.mono}`;
  if (context.measureText(text).width < bottom - top - 6 && width >= 8) {
    context.save();
    context.translate(x + width / 2, (top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    const half = context.measureText(text).width / 2 + 3;
    context.fillStyle = palette.ground;
    context.fillRect(-half, -6, 2 * half, 12);
    context.fillStyle = palette.muted;
    context.textAlign = "center";
    context.fillText(text, 0, 0.5);
    context.restore();
  }
}

function title(context, piece, x, width, row) {
  const palette = colours();
  context.fillStyle = palette.muted;
  context.fillRect(x, row.top + row.height, 1, 4);
  if (!piece.name || width < 24) return;
  context.font = `11px ${palette.mono}`;
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  let text = piece.name.length > 60 ? piece.name.slice(-60) : piece.name;
  if (context.measureText(text).width > width - 4) text = text.split("/").at(-1);
  const room = Math.floor((width - 4) / context.measureText("0").width);
  if (text.length > room) text = room < 3 ? "" : text.slice(0, room - 1) + "…";
  context.fillText(text, x + 2, row.top + row.height / 2);
}

function axis(context, half, placed, last) {
  const palette = colours();
  const y = last.top + last.height + lanes.gap;
  context.font = `10px ${palette.mono}`;
  context.fillStyle = palette.muted;
  context.textAlign = "left";
  let free = gutter;
  for (const piece of half.pieces) {
    if (piece.gap) continue;
    const x = gutter + piece.at * placed.unit;
    const text = address(piece.start);
    const width = context.measureText(text).width;
    if (x < free || x + width > placed.width) continue;
    context.fillRect(x, y - 4, 1, 5);
    context.fillText(text, x, y + 8);
    free = x + width + 10;
  }
}

function areaList(answer, parameters, pid) {
  const total = answer.areas.length;
  if (total === 0) return h("p", { class: "muted" }, "No area is known here.");
  const from = Math.min(Math.max(Number(parameters.area) || 0, 0), total - 1);
  const at = from - (from % areasPerPage);
  const turn = (to) => link("space", { ...parameters, area: to || undefined });
  const rows = answer.areas.slice(at, at + areasPerPage).map((area) => [
    walkLink(pid, area.start), h("span", { class: "mono" }, address(BigInt(area.end) - 1n)),
    h("span", { class: "mono" }, span(area.start, area.end)), h("span", { class: "mono" }, area.flags ?? ""),
      area.name ?? "",
    h("a", { href: link("space", { pid, from: hex0x(area.start), to: hex0x(area.end) }),
      "aria-label": `zoom to ${area.name ?? "the area"} at ${address(area.start)}` }, "zoom"),
  ]);
  return h("section", { "aria-label": "Areas", "data-part": "areas" },
    h("h2", {}, plural(total, "area") + (answer.areasLeftOut
    ? `, and ${answer.areasLeftOut} more that are not listed` : "")),
    table("Areas", ["start", "last", "size", "flags", "area", ""], rows, [2]),
    total > areasPerPage ? h("p", { class: "turn" },
      at > 0 ? h("a", { href: turn(at - areasPerPage) }, "← previous") : undefined,
      h("span", { class: "mono" }, `${at + 1}–${Math.min(at + areasPerPage, total)} of ${total}`),
      at + areasPerPage < total ? h("a", { href: turn(at + areasPerPage) }, "next →") : undefined)
        : undefined);
}
