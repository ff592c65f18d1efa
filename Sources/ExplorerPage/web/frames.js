// Physical memory as a map; a click on a frame tells who maps it.

import { get } from "pagewalk/api";
import {
  bytes, count, go, h, hex, hex0x, link, notes, parseAddress, plural, problem, put, range, sentence, table,
    walkLink,
} from "pagewalk/dom";
import { Board, cells, hilbert, legend, margin, rows } from "pagewalk/grid";
import { frameKinds } from "pagewalk/paint";

const listed = 100;

export async function render(context) {
  const { parameters, root, signal, source } = context;
  const frameBytes = source.frameSizeBytes || 4096;
  const query = { from: parameters.from, count: parameters.count };
  const answer = await get("/frames", query, signal);
  const per = answer.framesPerCell;
  const first = BigInt(answer.from);
  const last = BigInt(answer.to);
  const isRows = parameters.order === "rows";
  const { kept, letters, leftOut } = withoutHoles(answer.cells);
  const frameOf = (i) => first + BigInt(kept[i]) * BigInt(per);
  const cellOf = (frame) => {
    const place = Number((BigInt(frame) - first) / BigInt(per));
    const i = kept.indexOf(place);
    return BigInt(frame) >= first && i >= 0 ? i : undefined;
  };
  const names = new Map(answer.legend.map((item) => [item.letter, item.name]));
  const asked = parameters.frame !== undefined ? parseAddress(parameters.frame) : undefined;
  const state = (more) => ({ ...parameters, ...more });

  const zoomIn = (i) => {
    if (per <= 1 && answer.cells.length <= 256) return;
    const part = Math.max(64, Math.ceil(Number(last - first) / 16));
    const at = Number(frameOf(i) - first);
    const start = first + BigInt(at - (at % part));
    go("frames", state({ from: hex0x(start), count: Math.min(part, Number(last - start)),
      frame: undefined }));
  };
  const whole = () => go("frames", state({ from: undefined, count: undefined, frame: undefined }));
  const zoomed = parameters.from !== undefined;
  const details = h("div", { class: "details", "data-part": "frame", "aria-live": "polite" });

  let only;
  let board;
  const kinds = h("div", { class: "kinds" });
  const met = answer.legend.filter((item) => item.count > 0 || letters.includes(item.letter));
  const drawLegend = () => put(kinds, legend(met.map((item) => ({
    letter: item.letter, kind: frameKinds[item.letter] ?? frameKinds.u, name: item.name,
    count: item.count === undefined ? undefined : count(item.count),
    more: item.count === undefined ? undefined : bytes(item.count * frameBytes),
  })), { chosen: only, choose: (letter) => {
    only = letter;
    drawLegend();
    board.repaint();
  } }));

  const show = async (frame) => {
    put(details, h("p", { class: "wait" }, "Asking who maps it…"));
    try {
      put(details, describe(await get("/frame", { frame: hex0x(frame) }, signal)));
    } catch (error) {
      if (error.name !== "AbortError") put(details, problem(error));
    }
  };

  board = new Board({
    label: "Frames of physical memory; arrows move, Enter tells who maps the frame, plus and minus zoom",
    count: letters.length,
    cursor: asked === undefined ? 0 : cellOf(asked) ?? 0,
    layout(width) {
      if (isRows) {
        const columns = width < 600 ? 128 : 256;
        const side = (width - 2 * margin) / columns;
        return rows(letters.length, Math.min(columns, letters.length), side, Math.max(side, width < 600 ? 3 : 5));
      }
      return hilbert(letters.length, Math.min(width, 688) - 2 * margin, 24);
    },
    paint: (canvas, placed) => cells(canvas, placed, letters, frameKinds, only),
    describe(i) {
      const frame = frameOf(i);
      const physical = `physical ${hex(frame * BigInt(frameBytes))}`;
      const what = names.get(letters[i]) ?? "unknown";
      return per === 1 ? `frame ${hex(frame)} · ${physical} · ${what}`
        : `frames ${hex(frame)}–${hex(frame + BigInt(per) - 1n)} · ${physical}, ${bytes(per * frameBytes)}`
          + ` · ${what}`;
    },
    activate(i) {
      const frame = hex0x(frameOf(i));
      go("frames", state({ frame }));
    },
    onKey(key, i) {
      if (key === "+" || key === "=") zoomIn(i);
      else if ((key === "-" || key === "0") && zoomed) whole();
      else return ["+", "=", "-", "0"].includes(key);
      return true;
    },
  });
  context.onLeave(() => board.dispose());

  const input = h("input", { type: "text", class: "mono", placeholder: "frame number",
    "aria-label": "Frame number", spellcheck: "false", autocomplete: "off",
    value: asked ? hex(asked) : "" });
  const ask = h("form", { class: "group", onsubmit(event) {
    event.preventDefault();
    const frame = parseAddress(input.value);
    if (frame === undefined) {
      input.setCustomValidity("A frame number in hexadecimal, such as 41808");
      input.reportValidity();
    } else go("frames", state({ frame }));
  }, oninput: () => input.setCustomValidity("") }, input, h("button", {}, "Who maps it"));

  put(root,
    h("div", { class: "title" }, h("h1", {}, "Physical memory"),
      h("p", { class: "muted" },
        `Frames ${hex(first)}–${hex(last - 1n)}, ${bytes(Number(last - first) * frameBytes)}; `
        + `a cell is ${per === 1 ? "a frame" : plural(per, "frame")}`
        + (leftOut > 0 ? `; ${bytes(leftOut * per * frameBytes)} without RAM are left out.` : "."))),
    h("div", { class: "tools" },
      h("span", { class: "group" },
        h("button", { type: "button", "data-part": "in", onclick: () => zoomIn(board.cursor) }, "+ Zoom in"),
        h("button", { type: "button", "data-part": "all", onclick: whole, disabled: !zoomed }, "All of RAM")),
      h("span", { class: "group", role: "group", "aria-label": "Order" },
        h("a", { class: "button", href: link("frames", state({ order: undefined })),
          "aria-current": isRows ? undefined : "true" }, "Hilbert curve"),
        h("a", { class: "button", href: link("frames", state({ order: "rows" })),
          "aria-current": isRows ? "true" : undefined }, "rows")),
      ask),
    h("div", { class: isRows ? "stack" : "beside" }, h("div", { "data-part": "map" }, board.element),
      h("div", {}, kinds, details)));
  root.append(...notes(answer));
  drawLegend();
  if (asked !== undefined) {
    board.lit = [cellOf(asked)].filter((i) => i !== undefined);
    context.ready();
    await show(asked);
  } else put(details, h("p", { class: "muted" },
    "Choose a cell to see who maps its first frame. Choose a kind to see only that."));
  return {
    // Another frame on the same map needs no new map.
    update(next) {
      const sameMap = ["from", "count", "order"].every((key) => next[key] === parameters[key]);
      if (!sameMap || next.frame === undefined) return false;
      const frame = parseAddress(next.frame);
      if (frame === undefined) return false;
      Object.assign(parameters, next);
      input.value = hex(frame);
      const cell = cellOf(frame);
      board.lit = cell === undefined ? [] : [cell];
      if (cell !== undefined) board.moveTo(cell);
      show(frame).then(() => { document.documentElement.dataset.ready = location.hash; });
      return true;
    },
  };
}

/** The cells without long stretches in which there is no RAM: `kept` says which cells those are that stay. */
function withoutHoles(all) {
  const kept = [];
  let from = 0;
  while (from < all.length) {
    let to = from + 1;
    while (to < all.length && (all[to] === " ") === (all[from] === " ")) to += 1;
    const isLong = all[from] === " " && to - from > 32;
    for (let i = from; i < to && !isLong; i += 1) kept.push(i);
    from = to;
  }
  return { kept, letters: kept.map((i) => all[i]).join(""), leftOut: all.length - kept.length };
}

function describe(said) {
  const serves = said.serves ? h("p", {}, `As a table of level ${said.serves.level} it serves `,
    h("span", { class: "mono" }, range(said.serves.from, said.serves.to)), ".")
      : undefined;
  const shown = said.mappings.slice(0, listed);
  return h("section", { "aria-label": "Frame" },
    h("h2", {}, "Frame ", h("span", { class: "mono" }, hex(said.frame)),
      h("span", { class: "muted" }, ` physical ${hex(said.physical)}`)),
    h("p", {}, sentence(said.sentence)), serves,
    said.record ? h("p", { class: "muted" }, `struct page: ${said.record}`) : undefined, notes(said),
    shown.length > 0 ? table("Mappings of the frame",
      ["pid", "command", "address", "level", "page", "rights"], shown.map((mapping) => [
      mapping.pid ?? "", mapping.command, walkLink(mapping.pid ?? "kernel", mapping.address), mapping.level,
        bytes(mapping.pageSize),
      h("span", { class: "mono" }, mapping.access)]), [0, 4])
      : h("p", { class: "muted" }, "Nobody maps it."),
    said.mappingCount > shown.length ? h("p", { class: "muted" },
      `${count(said.mappingCount - shown.length)} more are not listed.`) : undefined);
}
