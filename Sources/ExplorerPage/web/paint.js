// Colours and patterns. Every kind of cell has a colour (Okabe and Ito's palette), a shape and a letter.

const names = [
  "ink", "muted", "line", "panel", "ground", "faint", "blue", "sky", "green", "orange", "yellow", "vermilion",
  "purple", "grey",
];
let cached;

/** The theme's colours as canvas wants them. */
export function colours() {
  if (cached) return cached;
  const style = getComputedStyle(document.documentElement);
  cached = Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  cached.mono = style.getPropertyValue("--mono").trim();
  return cached;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  cached = undefined;
  for (const canvas of document.querySelectorAll("canvas")) canvas.repaint?.();
});

/** Entries of a page table, by the letter that /table uses. */
export const entryKinds = {
  t: { name: "table", colour: "blue", shape: "solid" },
  l: { name: "page", colour: "green", shape: "inset" },
  h: { name: "huge page", colour: "orange", shape: "corner" },
  s: { name: "not present, but not empty (swap and the like)", colour: "purple", shape: "hollow" },
  x: { name: "invalid", colour: "vermilion", shape: "cross" },
  "?": { name: "unreadable", colour: "grey", shape: "hatch" },
  ".": { name: "absent", colour: "faint", shape: "faint" },
};

/** Cells of the kernel against process grid. */
export const comparisonKinds = {
  "=": { name: "same", colour: "grey", shape: "inset" },
  d: { name: "deferred", colour: "orange", shape: "solid" },
  s: { name: "stale", colour: "purple", shape: "hollow" },
  x: { name: "different", colour: "vermilion", shape: "cross" },
  e: { name: "explained", colour: "sky", shape: "corner" },
  ".": { name: "absent in both", colour: "faint", shape: "faint" },
};

/** Frames, by the letter that /frames uses. */
export const frameKinds = {
  1: { colour: "blue", shape: "solid" },
  2: { colour: "blue", shape: "solid" },
  3: { colour: "blue", shape: "solid" },
  4: { colour: "blue", shape: "solid" },
  5: { colour: "blue", shape: "solid" },
  a: { colour: "orange", shape: "solid" },
  f: { colour: "green", shape: "solid" },
  s: { colour: "purple", shape: "hollow" },
  k: { colour: "grey", shape: "solid" },
  F: { colour: "faint", shape: "faint" },
  "*": { colour: "yellow", shape: "corner" },
  x: { colour: "grey", shape: "hatch" },
  u: { colour: "grey", shape: "dot" },
  " ": { colour: "ground", shape: "none" },
};

/** Rights, from the most to the least worth a look. */
export const accessKinds = {
  rwx: { name: "writable and executable", colour: "vermilion", shape: "cross" },
  rw: { name: "writable", colour: "orange", shape: "rising" },
  rx: { name: "executable", colour: "green", shape: "dots" },
  r: { name: "read only", colour: "sky", shape: "solid" },
  none: { name: "no rights", colour: "grey", shape: "hatch" },
};

/** The kind of a set of rights such as "rwu". */
export function accessKind(access) {
  const w = access.includes("w");
  const x = access.includes("x");
  if (w && x) return "rwx";
  if (w) return "rw";
  if (x) return "rx";
  return access.includes("r") ? "r" : "none";
}

/** One cell. Small cells keep what still shows of their shape. */
export function cell(context, kind, x, y, width, height, letter) {
  const palette = colours();
  const colour = palette[kind.colour];
  const small = width < 5 || height < 5;
  context.fillStyle = colour;
  context.strokeStyle = colour;
  switch (kind.shape) {
    case "none": return;
    case "faint":
      if (small) context.fillRect(x, y, width, height);
      else context.fillRect(x + 0.5, y + 0.5, width - 1, height - 1);
      return;
    case "inset": {
      const rim = small ? 0 : Math.min(width, height) * 0.2;
      context.fillRect(x + rim, y + rim, width - 2 * rim, height - 2 * rim);
      break;
    }
    case "hollow":
      if (small) context.fillRect(x, y, width, height);
      else {
        context.lineWidth = Math.max(1, Math.min(width, height) / 5);
        const rim = context.lineWidth / 2 + 0.5;
        context.strokeRect(x + rim, y + rim, width - 2 * rim, height - 2 * rim);
      }
      break;
    case "hatch":
    case "dot":
      context.fillStyle = palette.faint;
      context.fillRect(x, y, width, height);
      strokes(context, kind.shape, colour, x, y, width, height);
      break;
    default: {
      const rim = small ? 0 : 0.5;
      context.fillRect(x + rim, y + rim, width - 2 * rim, height - 2 * rim);
      if (!small) strokes(context, kind.shape, palette.panel, x, y, width, height);
    }
  }
  if (letter && letter !== " " && kind.shape !== "inset" && width >= 9 && height >= 11) {
    context.fillStyle = ["hollow", "hatch", "dot"].includes(kind.shape) ? palette.ink : onColour(kind.colour);
    context.font = `${Math.min(11, height - 2)}px ${palette.mono}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, x + width / 2, y + height / 2 + 0.5);
  }
}

/** A text colour that shows on a palette's colour. */
function onColour(name) {
  return ["yellow", "orange", "sky", "faint", "purple"].includes(name) ? "#000" : "#fff";
}

function strokes(context, shape, colour, x, y, width, height) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  if (shape === "cross") {
    context.moveTo(x, y);
    context.lineTo(x + width, y + height);
    context.moveTo(x + width, y);
    context.lineTo(x, y + height);
  } else if (shape === "corner") {
    const side = Math.min(width, height) / 2;
    context.moveTo(x + width, y);
    context.lineTo(x + width - side, y);
    context.lineTo(x + width, y + side);
    context.fill();
  } else if (shape === "hatch" || shape === "rising") {
    for (let at = -height; at < width; at += 5) {
      context.moveTo(x + at, y + height);
      context.lineTo(x + at + height, y);
    }
  } else if (shape === "dots" || shape === "dot") {
    for (let row = 3; row < height; row += 6) {
      for (let column = 3; column < width; column += 6) context.rect(x + column - 0.75, y + row - 0.75, 1.5,
        1.5);
    }
    context.fill();
  }
  context.stroke();
  context.restore();
}
