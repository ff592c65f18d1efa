// The lab: a story, run step by step, forwards and backwards.

import { get, isReport, listen, post } from "pagewalk/api";
import { h, link, problem, put } from "pagewalk/dom";
import { Machine } from "pagewalk/labview";

// What was run outlives a change of views.
let kept;
const listedActions = 250;

export async function render(context) {
  const { parameters, root, signal } = context;
  if (isReport) {
    put(root, h("h1", {}, "Lab"),
      problem(new Error("A report has no lab behind it. Run pagewalk serve for that.")));
    return undefined;
  }
  const stories = await get("/lab/stories", {}, signal);
  const lab = new Lab(context, stories);
  context.onLeave(() => lab.leave());
  const name = parameters.story ?? kept?.story
    ?? stories.find((story) => story.name === "deferred-vmalloc-arm")?.name ?? stories[0]?.name;
  await lab.choose(name, Number(parameters.step) || 0);
  return { update: (next) => lab.restep(next) };
}

class Lab {
  constructor(context, stories) {
    this.context = context;
    this.stories = stories;
    this.actions = [];
    this.step = 0;
    this.select = h("select", { id: "story", "data-part": "story",
      onchange: () => this.choose(this.select.value, 0).then(() => this.settle()) },
      stories.map((story) => h("option", { value: story.name },
        story.title ? `${story.name}: ${story.title}` : story.name)));
    this.text = h("textarea", { class: "mono", spellcheck: "false", rows: "10",
      "aria-label": "The story's text", "data-part": "text",
      oninput: () => { this.stale.hidden = false; } });
    this.stale = h("span", { class: "muted", hidden: true }, "edited: run it anew");
    this.said = h("div", { role: "status" });
    this.list = h("ol", { class: "actions", "aria-label": "Actions" });
    const control = (part, text, label, action) =>
      h("button", { type: "button", "data-part": part, "aria-label": label, title: label, onclick: action },
      text);
    this.buttons = {
      first: control("first", "|◀", "To the start", () => this.show(0)),
      back: control("back", "◀", "One step back", () => this.show(this.step - 1)),
      play: control("play", "Play", "Play", () => this.play()),
      next: control("next", "▶", "One step on", () => this.show(this.step + 1)),
      last: control("last", "▶|", "To the end", () => this.show(this.actions.length)),
    };
    this.slider = h("input", { type: "range", min: "0", max: "0", value: "0", "aria-label": "Step",
      "data-part": "slider",
      oninput: () => this.show(Number(this.slider.value)) });
    this.where = h("span", { class: "mono" });
    this.machine = new Machine();
    const { root } = context;
    put(root, h("div", { class: "title" }, h("h1", {}, "Lab"),
      h("p", { class: "muted" },
      "A small kernel, simulated: real tables, real entries, each step explained.")),
      h("div", { class: "lab" },
        h("div", { class: "script" },
          h("p", { class: "group" }, h("label", { for: "story" }, "story"), this.select),
          h("details", { class: "editor" }, h("summary", {}, "Edit the text"), this.text,
            h("p", { class: "group" }, h("button",
              { type: "button", "data-part": "run", onclick: () => this.run(this.text.value, 0) }, "Run"),
              this.stale)),
          this.said, this.list),
        h("div", { class: "stagehand" },
          h("div", { class: "controls", role: "group", "aria-label": "Steps" }, Object.values(this.buttons),
            this.slider, this.where),
          this.machine.element)));
    root.addEventListener("keydown", (event) => this.key(event));
    this.enable();
  }

  leave() {
    this.stop();
    this.machine.dispose();
    if (this.session) kept = { story: this.story, session: this.session, text: this.text.value };
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey
      || event.target.closest("input, textarea, select, canvas, summary")) return;
    if (event.key === "ArrowRight") this.show(this.step + 1);
    else if (event.key === "ArrowLeft") this.show(this.step - 1);
    else return;
    event.preventDefault();
  }

  /** Take one of the stories, and run it. */
  async choose(name, step) {
    const story = this.stories.find((one) => one.name === name);
    if (!story) {
      put(this.said, problem(new Error(`There is no story called “${name}”.`)));
      return;
    }
    this.story = name;
    this.select.value = name;
    this.text.value = story.text;
    await this.run(story.text, step);
  }

  async run(text, step) {
    this.stop();
    this.stale.hidden = true;
    this.list.setAttribute("aria-busy", "true");
    try {
      const answer = await post("/lab", text, this.context.signal);
      if (answer.error) {
        const { line, column, message } = answer.error;
        const place = [line !== undefined ? `line ${line}` : "",
          column !== undefined ? `column ${column}` : ""].filter(Boolean).join(", ");
        throw new Error(`${place ? place + ": " : ""}${message}`);
      }
      this.session = answer.session;
      this.actions = answer.actions;
      put(this.said);
      this.listActions();
      await this.show(step);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      put(this.said, problem(error));
    } finally {
      this.list.removeAttribute("aria-busy");
    }
  }

  listActions() {
    this.slider.max = String(this.actions.length);
    this.items = this.actions.slice(0, listedActions).map((action, i) => h("li", {},
      h("button", { type: "button", class: /^note\b/.test(action.text) ? "quiet note" : "quiet",
        onclick: () => this.show(i + 1) },
        h("span", { class: "muted mono" }, action.line), h("code", {}, action.text))));
    put(this.list, this.items, this.actions.length > listedActions
      ? h("li", { class: "muted" },
        `and ${this.actions.length - listedActions} more: the slider reaches them`)
      : undefined);
  }

  /** The machine after so many actions; the last one asked for wins. */
  async show(step, quiet) {
    const to = Math.max(0, Math.min(this.actions.length, step));
    this.stop();
    const turn = this.turn = (this.turn ?? 0) + 1;
    try {
      const state = await get("/lab/step", { session: this.session, step: to }, this.context.signal);
      if (turn !== this.turn) return;
      this.take(state);
      if (!quiet) this.settle();
    } catch (error) {
      if (error.name === "AbortError") return;
      put(this.said, problem(error));
    }
  }

  take(state) {
    this.step = state.step;
    this.slider.value = String(state.step);
    this.where.textContent = `${state.step} of ${this.actions.length}`;
    this.items?.forEach((item, i) => {
      item.classList.toggle("done", i < state.step);
      if (i === state.step - 1) {
        item.setAttribute("aria-current", "step");
        const box = this.list;
        const top = item.offsetTop - box.offsetTop;
        if (top < box.scrollTop || top + item.offsetHeight > box.scrollTop
          + box.clientHeight) box.scrollTop = top - box.clientHeight / 2;
      } else item.removeAttribute("aria-current");
    });
    this.machine.show(state);
    this.enable();
    document.documentElement.dataset.step = String(state.step);
  }

  enable() {
    const none = this.actions.length === 0;
    this.buttons.first.disabled = this.buttons.back.disabled = none || this.step <= 0;
    this.buttons.next.disabled = this.buttons.last.disabled = none || this.step >= this.actions.length;
    this.buttons.play.disabled = none;
  }

  play() {
    if (this.playing) {
      this.stop();
      return;
    }
    const from = this.step >= this.actions.length ? 0 : this.step;
    this.turn = (this.turn ?? 0) + 1;
    const ended = (error) => {
      this.stop();
      if (error && this.step < this.actions.length) put(this.said, problem(error));
      this.settle();
    };
    put(this.said);
    const close = listen("/lab/events", { session: this.session, from }, (state) => {
      if (this.playing !== close) return;
      this.take(state);
      if (state.step >= this.actions.length) ended();
    }, ended);
    this.playing = close;
    this.buttons.play.textContent = "Pause";
  }

  stop() {
    this.playing?.();
    this.playing = undefined;
    this.buttons.play.textContent = "Play";
  }

  /** The fragment says where one is, so that a link leads here. */
  settle() {
    const fragment = link("lab", { story: this.story, step: this.step || undefined });
    if (location.hash !== fragment) history.replaceState(null, "", fragment);
    document.documentElement.dataset.ready = location.hash;
  }

  restep(next) {
    const name = next.story ?? this.story;
    const step = Number(next.step) || 0;
    if (name !== this.story) this.choose(name, step);
    else if (step !== this.step) this.show(step, true);
    return true;
  }
}
