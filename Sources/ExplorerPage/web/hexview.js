// Bytes in hexadecimal, as kernel engineers read them.

import { h, hex } from "pagewalk/dom";

/** Sixteen bytes a line,
  with their physical addresses and text; `mark` is the offset of the byte that was asked for. */
export function hexView(start, text, mark, perLine = 16) {
  const bytes = (text.match(/../g) ?? []).slice(0, 256);
  const lines = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = bytes.slice(at, at + perLine);
    const marked = mark >= at && mark < at + perLine ? mark - at : undefined;
    const letters = part.map((byte) => {
      const code = parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
    });
    lines.push(h("span", { class: "line" },
      h("span", { class: "muted" }, hex(BigInt(start) + BigInt(at), 8)), "  ",
      ...around(part, marked, " "), " ".repeat((perLine - part.length) * 3), "  ",
      h("span", { class: "muted text" }, ...around(letters, marked, ""))), "\n");
  }
  return h("pre", { class: "hexview", tabindex: "0", "aria-label": "bytes" }, lines);
}

function around(parts, marked, gap) {
  if (marked === undefined) return [parts.join(gap)];
  const before = parts.slice(0, marked).join(gap);
  const after = parts.slice(marked + 1).join(gap);
  return [before && before + gap, h("mark", {}, parts[marked]), after && gap + after];
}
