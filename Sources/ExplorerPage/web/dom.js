// Elements, numbers and addresses as text: what every view needs.

/** An element: `h("p", {class: "note", onclick: f}, "text", child)`. Text is never read as HTML. */
export function h(name, properties, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** The same for pictures. */
export function svg(name, properties, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "disabled") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null
    && child !== false));
  return element;
}

/** Put children in place of what an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}

let addressDigits = 8;

/** How many hexadecimal digits an address of this source has. */
export function setAddressBits(bits) {
  addressDigits = Math.ceil((bits || 32) / 4);
}

/** An address without 0x, padded to the width of the source's addresses. */
export function address(value) {
  return BigInt(value).toString(16).padStart(addressDigits, "0");
}

/** A number in hexadecimal without 0x. */
export function hex(value, digits = 1) {
  return BigInt(value).toString(16).padStart(digits, "0");
}

/** As the interfaces want it: lower case with 0x. */
export function hex0x(value) {
  return "0x" + BigInt(value).toString(16);
}

/** What people type: hexadecimal, with or without 0x; undefined if it is not. */
export function parseAddress(text) {
  const digits = text.trim().toLowerCase().replace(/^0x/, "").replace(/[_ ]/g, "");
  if (!/^[0-9a-f]{1,16}$/.test(digits)) return undefined;
  return hex0x("0x" + digits);
}

/** A range as the command prints it: the last address is inclusive. */
export function range(start, end) {
  return `${address(start)}–${address(BigInt(end) - 1n)}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** A count of bytes, in the largest unit that leaves it at 1 or more. */
export function bytes(count) {
  let value = Number(count);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** The size of a range. */
export function span(start, end) {
  return bytes(BigInt(end) - BigInt(start));
}

/** A share as per cent; what is more than nothing is never shown as 0. */
export function percent(share) {
  if (share > 0 && share < 0.01) return "<1 %";
  if (share < 1 && share > 0.99) return ">99 %";
  return `${Math.round(share * 100)} %`;
}

/** A count with thin spaces between thousands. */
export function count(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** One or many. */
export function plural(value, one, many = one + "s") {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A fragment that reproduces a view. */
export function link(view, parameters) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(key, value);
  }
  const text = query.toString();
  return `#/${view}${text ? "?" + text : ""}`;
}

/** Go to a view; Back leads to where one was. */
export function go(view, parameters) {
  location.hash = link(view, parameters);
}

/** The same without a step in the history: what a view settles by itself. */
export function settle(view, parameters) {
  location.replace(link(view, parameters));
}

/** A sentence in the place where the answer would be. */
export function problem(error) {
  return h("p", { class: "problem", role: "alert" }, error.message ?? String(error));
}

/** As a sentence: with a capital at its start and a stop at its end. */
export function sentence(text) {
  const whole = text.trim();
  return whole === "" ? "" : whole[0].toUpperCase() + whole.slice(1) + (/[.?!…:]$/.test(whole) ? "" : ".");
}

/** What an answer says about itself: limits, doubts. */
export function notes(answer) {
  return (answer.notes ?? []).slice(0, 12).map((note) => h("p", { class: "muted" }, sentence(note)));
}

/** A link to a walk, as an address. */
export function walkLink(pid, at, text) {
  return h("a", { class: "mono", href: link("walk", { pid, address: hex0x(at) }) }, text ?? address(at));
}

/** A table of text with a head; cells may be elements. `numeric` are the columns set to the right,
  `name` its class. */
export function table(caption, head, rows, numeric = [], name = undefined) {
  const side = (column) => (numeric.includes(column) ? "number" : undefined);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: name },
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, head.map((text, i) => h("th", { scope: "col", class: side(i) }, text)))),
      h("tbody", {}, rows.map((row) => h("tr", { class: row.class },
        (row.cells ?? row).map((cell, i) => h("td", { class: side(i) }, cell ?? "")))))));
}
