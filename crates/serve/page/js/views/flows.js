// SPDX-License-Identifier: MIT OR Apache-2.0
// Two flows side by side: what they say now, and where and when they said different things.

import { ask, failure, Latest } from "../api.js";
import { clock, dayClock } from "../days.js";
import { differences } from "../difference.js";
import { html, replace, setText, svg } from "../dom.js";
import { fields, instants, period } from "../period.js";
import { Plan } from "../plan.js";
import { note } from "../route.js";
import { Table } from "../table.js";
import { count, duration, sentence } from "../words.js";

export const title = "Flows";

/** Shows the page. */
export function show(root, app, parameters) {
  const view = new FlowsView(app, parameters);
  root.append(view.element);
  view.start();
  return view;
}

class FlowsView {
  #latest = new Latest();
  #loads = 0;
  #at = null;

  constructor(app, parameters) {
    this.app = app;
    this.zone = app.hall.timezone;
    const flows = app.hall.flows ?? [];
    this.names = [parameters.a ?? flows.find((flow) => flow === "prod") ?? flows[0], null];
    this.names[1] = parameters.b ?? flows.find((flow) => flow !== this.names[0]) ?? null;
    this.period = period(parameters, this.zone);
    this.#at = Number.isFinite(Date.parse(parameters.at ?? "")) ? Date.parse(parameters.at) : null;
    this.plans = this.names.map((name) => new Plan(app.facility, { onOpen: () => {}, share: 0.42, label: `Plan, flow ${name}` }));
    this.summaries = this.names.map(() => html("p", { class: "summary" }));
    this.when = html("p", { class: "summary" });
    this.live = html("button", { type: "button", onclick: () => this.#goTo(null) }, "Back to live");
    this.message = html("p", { class: "failure", role: "status" });
    this.element = this.names[1] ? this.#content() : this.#alone();
  }

  /** Where there is nothing to compare. */
  #alone() {
    return html("section", { class: "sheet" }, html("h2", null, "Flows"), html("p", { class: "nothing" }, `This hall has one flow, '${this.names[0] ?? "prod"}'. A second one appears here as soon as its states are taken in.`));
  }

  /** The whole page. */
  #content() {
    const names = this.names;
    this.now = new Table({
      caption: "Where the flows differ at this time",
      key: (row) => `${row.track}${row.a}${row.b}`,
      empty: "They say the same.",
      columns: [{ title: "Track", cell: (row) => row.track }, { title: "What", cell: (row) => sentence(row.what) }, { title: names[0], class: "figure", cell: (row) => row.a ?? "–" }, { title: names[1], class: "figure", cell: (row) => row.b ?? "–" }],
    });
    this.list = new Table({
      caption: "Disagreements, longest first",
      key: (row) => `${row.from}${row.track}${row.what}${row.a}${row.b}`,
      onOpen: (row) => this.#goTo(Date.parse(row.from) + Math.min(5000, length(row) / 2)),
      empty: "They agreed all the time.",
      columns: [
        { title: "From", class: "figure", cell: (row) => dayClock(row.from, this.zone) },
        { title: "For", class: "number", cell: (row) => duration(length(row) / 1000) },
        { title: "Track", cell: (row) => row.track },
        { title: "What", cell: (row) => sentence(row.what) },
        { title: names[0], class: "figure", cell: (row) => text(row.a) },
        { title: names[1], class: "figure", cell: (row) => text(row.b) },
      ],
    });
    this.fields = html("div");
    this.strip = svg("svg", { class: "strip", role: "img", "aria-label": "When the flows differed" });
    this.total = html("p", { class: "hint" });
    const plan = (i) => html("section", { class: "sheet", "aria-label": `Flow ${names[i]}` }, html("div", { class: "bar" }, html("h2", null, names[i]), this.summaries[i]), this.plans[i].element);
    return html(
      "div",
      { class: "main" },
      html("div", { class: "bar" }, this.when, this.live, this.message),
      html("div", { class: "pair" }, plan(0), plan(1)),
      html("section", { class: "sheet" }, html("h2", null, "Differences at this time"), this.now.element),
      html("section", { class: "sheet" }, html("div", { class: "bar" }, html("h2", null, "Disagreements, longest first"), this.fields), this.strip, this.total, this.list.element),
    );
  }

  /** Shows the time of the address or the present, and the list. */
  start() {
    if (!this.names[1]) return;
    this.#loadList();
    this.#goTo(this.#at);
  }

  /** Follows a link on this page. */
  address(parameters) {
    const at = Date.parse(parameters.at ?? "");
    if (this.names[1]) this.#goTo(Number.isFinite(at) ? at : null);
  }

  /** Shows both flows at a time; `null` is the present. */
  #goTo(time) {
    this.#at = time;
    this.live.hidden = time === null;
    note({ at: time === null ? "" : new Date(time).toISOString() });
    if (time !== null) this.#showAt(time);
    else if (this.app.live.state) this.state(this.app.live.state);
    if (time !== null) this.element.scrollIntoView({ block: "start" });
  }

  /** The present goes on. */
  state(state) {
    if (this.#at !== null || !this.names[1] || this.#latest.waits) return;
    this.#showAt(Date.parse(state.time), state);
  }

  /** Asks for both flows at a time, as far as they are not known. */
  async #showAt(time, known) {
    const question = { facility: this.app.hall.facility, at: new Date(time) };
    const of = (flow) => (known?.flow === flow ? known : this.#ask({ ...question, flow }));
    this.#latest.stop();
    try {
      const [first, second] = [await of(this.names[0]), await of(this.names[1])];
      if (first === undefined || second === undefined) return;
      setText(this.message, "");
      this.#show(first, second, time);
    } catch (error) {
      setText(this.message, failure(error));
    }
  }

  /** A flow's state; `null` where it has none. */
  async #ask(question) {
    try {
      return await this.#latest.ask("/api/state", question);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  /** Shows two states. */
  #show(first, second, time) {
    const { list, marks } = differences(first, second, this.names);
    [first, second].forEach((state, i) => {
      if (state) this.plans[i].update(state);
      this.plans[i].mark(marks[i]);
      setText(this.summaries[i], state ? `${count(state.data.count, "locomotive")} at ${clock(state.time, this.zone)}` : "no state at this time");
    });
    this.now.update(list);
    const what = list.length ? `${count(list.length, "difference")}` : "no difference";
    setText(this.when, this.#at === null ? `Now: ${what}` : `${dayClock(time, this.zone)}: ${what}`);
  }

  /** Loads the disagreements of the chosen days. */
  async #loadList() {
    replace(this.fields, fields(this.period, this.zone, (chosen) => {
      this.period = chosen;
      note(chosen);
      this.#loadList();
    }));
    const load = (this.#loads += 1);
    const [a, b] = this.names;
    const days = instants(this.period, this.zone);
    try {
      const rows = await ask("/api/disagreements", { facility: this.app.hall.facility, a, b, ...days });
      if (load !== this.#loads) return;
      rows.sort((x, y) => length(y) - length(x));
      this.list.update(rows.slice(0, 200));
      this.#drawStrip(rows, days);
      const shown = rows.length > 200 ? " The 200 longest are listed." : "";
      setText(this.total, rows.length ? `${count(rows.length, "disagreement")}, ${duration(rows.reduce((sum, row) => sum + length(row), 0) / 1000)} together.${shown}` : "");
    } catch (error) {
      setText(this.message, failure(error));
    }
  }

  /** A line of time: dark where the flows differ. */
  #drawStrip(rows, { from, to }) {
    this.strip.setAttribute("viewBox", "0 0 1000 14");
    this.strip.setAttribute("preserveAspectRatio", "none");
    const x = (time) => (1000 * (Date.parse(time) - from)) / (to - from);
    const bars = rows.map((row) => svg("rect", { class: "differs", x: Math.max(0, x(row.from)).toFixed(2), y: 0, height: 14, width: Math.max(0.6, Math.min(1000, x(row.to)) - Math.max(0, x(row.from))).toFixed(2) }));
    replace(this.strip, svg("rect", { class: "lane", width: 1000, height: 14 }), bars);
  }

  /** Stops watching. */
  close() {
    this.#latest.stop();
    for (const plan of this.plans) plan.close();
  }
}

/** How long a disagreement lasted, milliseconds. */
function length(row) {
  return Date.parse(row.to) - Date.parse(row.from);
}

/** What a flow said: a text, or nothing. */
function text(value) {
  return value === null || value === undefined || value === "" ? "–" : String(value);
}
