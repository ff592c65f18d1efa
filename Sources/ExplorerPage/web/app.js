// The frame: header, views, and the fragment that says which view shows what.

import { answered, get, waiting } from "pagewalk/api";
import { bytes, go, h, link, plural, problem, put, sentence, setAddressBits, settle } from "pagewalk/dom";
import { Chooser, processName } from "pagewalk/chooser";
import * as space from "pagewalk/strip";
import * as walk from "pagewalk/walk";
import * as compare from "pagewalk/compare";
import * as frames from "pagewalk/frames";
import * as lab from "pagewalk/lab";
import * as audit from "pagewalk/audit";

const views = { space, walk, compare, frames, lab, audit };
const titles = {
  space: "Address space", walk: "Walk", compare: "Kernel / process", frames: "Physical memory", lab: "Lab",
  audit: "Audit & statistics",
};
const header = document.getElementById("header");
const main = document.getElementById("main");
let source;
let chooser;
let pid;
let shown;
let tabs;

start();

async function start() {
  try {
    source = await get("/source");
    while (source.busy) {
      put(header, h("div", { class: "bar" }, h("span", { class: "mark" }, "pagewalk"), title()));
      put(main, h("p", { class: "wait", role: "status" }, sentence(source.busy)));
      // The server holds the question until it is answered, or for a moment.
      source = await get("/source");
    }
  } catch (error) {
    put(main, problem(error));
    return;
  }
  setAddressBits(source.virtualBits);
  const known = source.processes.find((process) => process.current !== undefined && !process.kernelThread)
    ?? source.processes.find((process) => !process.kernelThread) ?? source.processes[0];
  pid = answered("/walk")[0]?.pid ?? answered("/strip")[0]?.pid ?? known?.pid ?? "kernel";
  chooser = new Chooser(source, choose, async (from) => (await get("/source", { from })).processes);
  drawHeader();
  addEventListener("hashchange", show);
  addEventListener("keydown", shortcut);
  show();
}

function title() {
  const facts = [source.kind, source.architecture, source.format && source.format !== source.architecture
    ? source.format : undefined, source.release && `Linux ${source.release}`,
  source.ramBytes && `${bytes(source.ramBytes)} of RAM`,
  source.processCount > 0 && plural(source.processCount, "process", "processes")];
  return h("div", { class: "source" }, h("strong", { class: "mono" }, source.name),
    h("span", { class: "muted" }, [...new Set(facts.filter(Boolean))].join(" · ")));
}

function drawHeader() {
  tabs = h("nav", { "aria-label": "Views" },
    available().map((name) => h("a", { href: link(name), id: `tab-${name}` },
    titles[name])));
  put(header,
    h("button", { type: "button", class: "skip", onclick: () => main.focus() }, "Skip to the view"),
    h("div", { class: "bar" },
      h("a", { class: "mark", href: "#/" }, "pagewalk"),
      title(), chooser.element),
    h("div", { class: "tabs" }, tabs, h("button",
      { type: "button", class: "quiet", "aria-label": "Keys", onclick: help }, h("kbd", {}, "?"), " keys")));
  if (source.doubts?.length > 0) {
    header.append(h("details", { class: "doubts" },
      h("summary", {}, `${plural(source.doubts.length, "doubt")} about this source`),
      h("ul", {}, source.doubts.slice(0, 20).map((doubt) => h("li", {}, sentence(doubt))))));
  }
}

function available() {
  return Object.keys(views).filter((name) => !source.views || source.views.includes(name));
}

function choose(process) {
  const view = parse().view;
  go(view === "walk" ? "walk" : "space", { pid: process.pid });
}

function parse() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: views[path] ? path : undefined, asked: path,
    parameters: Object.fromEntries(new URLSearchParams(query)) };
}

function show() {
  const { view, asked, parameters } = parse();
  if (!view) {
    if (asked === "") settle(available()[0] ?? "space", {});
    else put(main, problem(new Error(`There is no view called “${asked}”.`)));
    return;
  }
  if (view === "space" || view === "walk") {
    if (parameters.pid === undefined) {
      settle(view, { ...parameters, pid });
      return;
    }
    pid = parameters.pid;
  }
  chooser.show(pid);
  for (const tab of tabs.children) {
    const name = tab.id.slice(4);
    tab.setAttribute("href", link(name, name === "space" || name === "walk" ? { pid } : {}));
    if (name === view) {
      tab.setAttribute("aria-current", "page");
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else tab.removeAttribute("aria-current");
  }
  const subject = [titles[view], parameters.pid, parameters.address].filter(Boolean).join(" ");
  document.title = `${subject} · ${source.name} · pagewalk`;
  const scroll = shown?.view === view;
  const stays = scroll && shown.update?.(parameters);
  if (stays) return;
  shown?.dispose();
  draw(view, parameters);
  if (!scroll) scrollTo(0, 0);
}

function draw(view, parameters) {
  const giveUp = new AbortController();
  const leaving = [() => giveUp.abort()];
  const root = h("div", { class: `view view-${view}` });
  const context = {
    source, parameters, root, signal: giveUp.signal,
    processName: (id) => processName(chooser.find(id) ?? { pid: id, command: "" }),
    onLeave: (action) => leaving.push(action),
  };
  shown = { view, dispose: () => leaving.forEach((action) => action()) };
  const mine = shown;
  // What was there stays until the new view has its answer: no flicker.
  const said = h("p", { class: "wait", role: "status" }, "Reading…");
  const wait = setTimeout(() => put(main, said), main.childElementCount === 0 ? 0 : 250);
  waiting.tell = (message) => { said.textContent = sentence(message); };
  const settled = (content) => {
    clearTimeout(wait);
    if (shown === mine) put(main, content);
  };
  // A view that leads on to another fragment is not ready; that one will be.
  const fragment = location.hash;
  const tell = () => {
    if (shown === mine && location.hash === fragment) document.documentElement.dataset.ready = fragment;
  };
  const keep = focusedPart();
  context.ready = () => settled(root);
  Promise.resolve(views[view].render(context)).then((more) => {
    if (more?.update) mine.update = more.update;
    settled(root);
    if (shown === mine) refocus(keep);
    if (more?.busy) later(context, () => shown === mine && again(view, parameters));
    else tell();
  }, (error) => {
    if (error.name === "AbortError") return clearTimeout(wait);
    settled(h("div", { class: `view view-${view}` }, problem(error)));
    tell();
  });
}

/** What was answered in part is asked again; what is drawn stays meanwhile. */
function later(context, action) {
  const timer = setTimeout(action, 300);
  context.onLeave(() => clearTimeout(timer));
}

function again(view, parameters) {
  shown.dispose();
  draw(view, parameters);
}

/** A view that is drawn anew keeps the keyboard where it was. */
function focusedPart() {
  return document.activeElement?.closest("[data-part]")?.dataset.part;
}

function refocus(part) {
  if (!part || document.activeElement !== document.body) return;
  const place = document.querySelector(`[data-part="${CSS.escape(part)}"]`);
  (place?.matches("a,button,input,canvas") ? place
    : place?.querySelector("canvas,a,button,input"))?.focus({ preventScroll: true });
}

function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    chooser.input.focus();
  } else if (event.key === "?") {
    help();
  } else if (/^[1-6]$/.test(event.key)) {
    const name = available()[Number(event.key) - 1];
    if (name) location.hash = document.getElementById(`tab-${name}`).getAttribute("href");
  }
}

const keys = [
  ["1 to 6", "the views"], ["/", "choose a process"], ["arrows", "move the cursor; with Shift further"],
  ["Enter", "follow: an address to its walk, a frame to its mappings"],
    ["+ and −", "zoom, in the address space and in physical memory"],
  ["0", "zoom out to all of it"], ["Home, End", "first and last cell"], ["?", "this list"],
];

function help() {
  const dialog = h("dialog", { "aria-label": "Keys" }, h("h2", {}, "Keys"),
    h("dl", { class: "keys" }, keys.map(([key, what]) =>
      [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]).flat()),
    h("form", { method: "dialog" }, h("button", {}, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
