// What the audit found, and what the tables cost.

import { get } from "pagewalk/api";
import {
  address, bytes, count, h, link, notes, percent, plural, problem, put, sentence, table, walkLink,
} from "pagewalk/dom";
import { spaceLink } from "pagewalk/chooser";

const perPage = 50;
const marks = { critical: "‼", high: "!", medium: "▲", low: "–" };

export async function render(context) {
  const { root, parameters } = context;
  const findings = h("section", { "aria-label": "Audit", "data-part": "audit" }, h("h2", {}, "Audit"));
  const statistics = h("section", { "aria-label": "Statistics", "data-part": "statistics" },
    h("h2", {}, "Page-table memory"));
  put(root, h("h1", {}, "Audit and statistics"), findings, statistics);
  await Promise.all([
    part(findings, async () => drawFindings(await get("/audit", {}, context.signal), parameters)),
    part(statistics, async () => drawStatistics(await get("/stats", {}, context.signal), parameters)),
  ]);
}

/** One half that fails leaves the other in place. */
async function part(section, draw) {
  try {
    section.append(await draw());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    section.append(problem(error));
  }
}

function pages(view, parameters, name, total) {
  const from = Math.min(Math.max(Number(parameters[name]) || 0, 0), Math.max(total - 1, 0));
  const at = from - (from % perPage);
  const to = (number) => link(view, { ...parameters, [name]: number || undefined });
  const turn = total <= perPage ? undefined : h("p", { class: "turn" },
    at > 0 ? h("a", { href: to(at - perPage) }, "← previous") : undefined,
    h("span", { class: "mono" }, `${at + 1}–${Math.min(at + perPage, total)} of ${total}`),
    at + perPage < total ? h("a", { href: to(at + perPage) }, "next →") : undefined);
  return { at, turn };
}

function drawFindings(answer, parameters) {
  const showsAll = parameters.all === "1";
  const open = answer.findings.filter((finding) => !finding.explained);
  const explained = answer.findings.length - open.length;
  const list = showsAll ? answer.findings : open;
  const { at, turn } = pages("audit", parameters, "finding", list.length);
  const box = h("div", {});
  const missing = answer.count > answer.findings.length
    ? ` Only ${count(answer.findings.length)} of ${count(answer.count)} are told here.` : "";
  const openCount = answer.openCount ?? open.length;
  box.append(h("p", { class: "sentence" }, openCount === 0
    ? `Nothing was found that is not explained.${missing}`
    : `${plural(openCount, "finding")} without an explanation.${missing}`, " ",
  explained > 0 ? h("a", { href: link("audit", { all: showsAll ? undefined : "1" }) },
    showsAll ? "Hide the explained ones" : `Show the ${plural(explained, "explained one")}, too`)
      : undefined));
  box.append(...notes(answer));
  if (list.length === 0) return box;
  box.append(table("Findings", ["severity", "kind", "finding", "pid", "walk"],
    list.slice(at, at + perPage).map((finding) => ({
    class: finding.explained ? "explained" : `severity-${finding.severity}`,
    cells: [
      h("span", { class: "severity" }, `${marks[finding.severity] ?? "•"} ${finding.severity}`),
      h("span", { class: "mono" }, finding.kind),
      h("span", {}, finding.sentence, finding.explained
        ? h("span", { class: "muted" }, ` Explained: ${finding.explained}.`) : ""),
      finding.pid !== undefined && finding.pid !== null ? spaceLink(finding.pid) : "",
      finding.address !== undefined
        ? finding.pid !== undefined && finding.pid !== null
          ? walkLink(finding.pid, finding.address) : h("span", { class: "mono" }, address(finding.address))
            : "",
    ],
  })), [], "cards-table"), turn ?? "");
  return box;
}

const sorts = {
  pid: (a, b) => (a.pid > b.pid ? 1 : -1),
  command: (a, b) => (a.command ?? "").localeCompare(b.command ?? ""),
  tables: (a, b) => b.tableBytes - a.tableBytes,
  mapped: (a, b) => b.mappedBytes - a.mappedBytes,
  huge: (a, b) => b.hugeShare - a.hugeShare,
};

function drawStatistics(answer, parameters) {
  const levels = answer.levelNames ?? [...new Set(answer.processes.flatMap((process) =>
    Object.keys(process.tablePages)))];
  const order = sorts[parameters.sort] ? parameters.sort : "tables";
  const isKernel = (row) => row.pid === undefined;
  const list = [...answer.processes].sort((a, b) => isKernel(b) - isKernel(a) || sorts[order](a, b));
  const { at, turn } = pages("audit", parameters, "process", list.length);
  const most = Math.max(1, ...list.map((process) => process.tableBytes));
  const by = (name, text) => (name === order
    ? h("span", { "aria-label": `${text}, sorted by it` }, `${text} ↓`)
    : h("a", { href: link("audit", { ...parameters, sort: name, process: undefined }) }, text));
  const totals = Object.entries(answer.totals ?? {}).filter(([name]) => name !== "command").map(([name, value]) =>
    [h("dt", {}, spaced(name)), h("dd", { class: "mono" }, /bytes$/i.test(name) ? bytes(value)
      : /share$/i.test(name) ? percent(value) : typeof value === "object"
        ? levels.map((level) => `${level} ${count(value[level] ?? 0)}`).join("  ") : count(value))]);
  const conclusions = (answer.conclusions ?? []).slice(0, 12).map(sentence).join(" ");
  return h("div", {}, h("p", { class: "prose" }, conclusions), notes(answer), totals.length > 0 ? h("dl", { class: "facts" }, totals.flat()) : "",
    table("Page-table memory by process",
      [by("pid", "pid"), by("command", "command"), ...levels, by("tables", "tables"), "",
        by("mapped", "mapped"), by("huge", "huge pages")],
      list.slice(at, at + perPage).map((process) => [
        process.pid === undefined ? "" : spaceLink(process.pid), process.command ?? "kernel",
          ...levels.map((level) => count(process.tablePages[level] ?? 0)), bytes(process.tableBytes),
        bar(process.tableBytes / most), bytes(process.mappedBytes), percent(process.hugeShare),
      ]), [0, ...levels.map((_, i) => i + 2), levels.length + 2, levels.length + 4, levels.length + 5]),
        turn ?? "");
}

function spaced(name) {
  return name.replace(/([A-Z])/g, (letter) => " " + letter.toLowerCase());
}

function bar(share) {
  const filled = h("span", {});
  filled.style.width = `${Math.max(share * 100, 1)}%`;
  return h("span", { class: "meter", "aria-hidden": "true" }, filled);
}
