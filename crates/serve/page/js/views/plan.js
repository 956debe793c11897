// SPDX-License-Identifier: MIT OR Apache-2.0
// What should stand where and when, and what differs from it.

import { failure, Latest, now } from "../api.js";
import { dayClock, lately } from "../days.js";
import { html, setText } from "../dom.js";
import { Table } from "../table.js";
import { count, percent, sentence, standing, sure } from "../words.js";

export const title = "Plan";

/** The plan is compared again after this, milliseconds. */
const AGAIN = 5000;

/** Shows the page; with `at` as it was then. */
export function show(root, app, parameters) {
  const { hall } = app;
  const zone = hall.timezone;
  const latest = new Latest();
  let at = parameters.at;
  const summary = html("p", { class: "summary" });
  const message = html("p", { class: "failure", role: "status" });
  const source = html("p", { class: "hint" });
  const differences = new Table({
    caption: "What differs from the plan, the most likely first",
    key: ({ what, number, locomotives }) => `${what} ${number ?? ""} ${locomotives.join()}`,
    empty: "Everything is as planned.",
    columns: [
      { title: "What", cell: ({ what }) => mark("bad", what) },
      { title: "Number", class: "figure", cell: ({ number }) => number ?? "–" },
      { title: "Planned", cell: ({ planned }) => planned ?? "–" },
      { title: "Stands on", cell: ({ track }) => track ?? "–" },
      { title: "How sure", cell: ({ p }) => `${sentence(sure(p))}, ${percent(p)}` },
      { title: "In words", class: "wide words", cell: ({ text }) => sentence(text) },
    ],
  });
  const entries = new Table({
    caption: "The whole plan",
    key: ({ number, track, from }) => `${number} ${track} ${from}`,
    rowClass: ({ standing: now }) => (now === "over" ? "past" : ""),
    empty: "The plan has no entry.",
    columns: [
      { title: "Number", class: "figure", cell: ({ number }) => number },
      { title: "Track", cell: ({ track }) => track },
      { title: "From", class: "figure", cell: ({ from }) => lately(from, zone, now()) },
      { title: "Until", class: "figure", cell: ({ until }) => (until ? lately(until, zone, now()) : "–") },
      { title: "Model", cell: ({ model }) => model ?? "–" },
      { title: "How it stands", cell: how },
    ],
  });
  root.append(
    html("div", { class: "main" },
      html("section", { class: "sheet", "aria-label": "Differences" }, html("div", { class: "bar" }, html("h2", null, "What differs"), summary), message, differences.element),
      html("section", { class: "sheet" }, html("h2", null, "The whole plan"), entries.element, source)));

  /** Asks what differs. */
  async function load() {
    try {
      const plan = await latest.ask("/api/plan", { facility: hall.facility, flow: app.flow, at });
      if (!plan) return;
      setText(message, plan.error ? `The file has changed and is wrong, so the plan of before is shown. ${plan.error}` : "");
      setText(summary, `${plan.differences.length ? count(plan.differences.length, "difference") : "No difference"} at ${dayClock(plan.time, zone)}`);
      setText(source, `From ${plan.file}, read ${dayClock(plan.read, zone)}.`);
      differences.update(plan.differences);
      entries.update(plan.entries);
    } catch (error) {
      setText(message, failure(error));
    }
  }

  load();
  const timer = setInterval(() => latest.waits || at || load(), AGAIN);
  return {
    state() {},
    address(changed) {
      at = changed.at;
      load();
    },
    close() {
      clearInterval(timer);
      latest.stop();
    },
  };
}

/** A lamp and a word. */
function mark(level, text) {
  return html("span", { class: `status ${level}` }, html("span", { class: "lamp", "aria-hidden": "true" }), sentence(text));
}

/** How it stands with an entry, and how sure that is. What was read nowhere may be a machine without number. */
function how({ standing: now, p }) {
  if (now === "missing" && p < 0.5) return mark("warn", `not read, missing ${percent(p)}`);
  const { level, text } = standing(now);
  return mark(level, typeof p === "number" ? `${text}, ${percent(p)}` : text);
}
