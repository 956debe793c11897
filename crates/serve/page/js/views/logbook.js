// SPDX-License-Identifier: MIT OR Apache-2.0
// One entry for each visit of a locomotive.

import { ask, failure, now } from "../api.js";
import { dayMinute, lately } from "../days.js";
import { html, replace, setText } from "../dom.js";
import { moveItem } from "../panel.js";
import { fields, instants, period } from "../period.js";
import { note } from "../route.js";
import { called, count, duration } from "../words.js";

export const title = "Logbook";

/** Entries shown at most. */
const MOST = 300;
/** What is typed is looked for after this pause, milliseconds. */
const PAUSE = 250;

/** Shows the page. */
export function show(root, app, parameters) {
  const { hall, facility } = app;
  const zone = hall.timezone;
  let chosen = period(parameters, zone, 7);
  let loads = 0;
  let timer = 0;
  const number = html("input", { type: "search", name: "number", value: parameters.number ?? "", autocomplete: "off", spellcheck: "false" });
  const choice = (name, values) => html("select", { name }, html("option", { value: "" }, "all"), values.map((value) => html("option", { value, selected: value === parameters[name] }, value)));
  const model = choice("model", (facility.models ?? []).map(({ id }) => id));
  const track = choice("track", facility.tracks.map(({ id }) => id));
  const range = html("div");
  const total = html("p", { class: "sub", role: "status" });
  const list = html("div", { class: "visits" });
  const heading = html("p", { class: "visit-head", "aria-hidden": "true" }, ["", "Number", "Model", "Track", "Arrived", "Left", "Inside for", "Entries"].map((text) => html("span", null, text)));
  const labelled = (text, field) => html("label", null, html("span", null, text), field);
  const form = html("form", { class: "search", role: "search" }, labelled("Number", number), labelled("Model", model), labelled("Track", track));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, PAUSE);
  });
  root.append(html("div", { class: "main" }, html("section", { class: "sheet", "aria-label": "Logbook" }, html("div", { class: "bar" }, form, range), total, heading, list)));

  /** Looks for visits. */
  async function load() {
    replace(range, fields(chosen, zone, (days) => {
      chosen = days;
      load();
    }));
    const typed = number.value.trim();
    const filters = { model: model.value, track: track.value };
    note({ ...chosen, ...filters, number: typed });
    const turn = (loads += 1);
    try {
      const question = { facility: hall.facility, flow: app.flow, ...instants(chosen, zone) };
      const [all, stays] = await Promise.all([ask("/api/visits", { ...question, ...filters }), ask("/api/stays", question)]);
      if (turn !== loads) return;
      // A part of a number will do, which the server does not look for.
      const visits = all.filter((visit) => called(visit).toLowerCase().includes(typed.toLowerCase()));
      visits.sort((a, b) => (a.arrived < b.arrived ? 1 : -1));
      const inside = visits.filter((visit) => !visit.left).length;
      const more = visits.length > MOST ? ` The ${MOST} latest are shown.` : "";
      setText(total, visits.length ? `${count(visits.length, "visit")}, ${inside} still inside.${more}` : "");
      replace(list, visits.length ? visits.slice(0, MOST).map((visit) => entry(visit, stays, zone)) : html("p", { class: "nothing" }, "No visit fits."));
    } catch (error) {
      if (turn !== loads) return;
      setText(total, "");
      replace(list, html("p", { class: "failure" }, failure(error)));
    }
  }

  load();
  return {
    state() {},
    close() {
      loads += 1;
      clearTimeout(timer);
    },
  };
}

/** One visit; its moves unfold. */
function entry(visit, stays, zone) {
  const moves = visit.moves ?? [];
  const today = now();
  const time = (value) => lately(value, zone, today);
  const track = moves.at(-1)?.track ?? stays.findLast((stay) => stay.locomotive === visit.locomotive && stay.from >= visit.arrived && (!visit.left || stay.from <= visit.left))?.track ?? "";
  const left = visit.left ? time(visit.left) : html("b", { class: "inside" }, "inside");
  const cell = (name, ...value) => html("span", { class: name }, value);
  const summary = html(
    "summary",
    null,
    cell("figure", called(visit)),
    cell("", visit.model ?? "–"),
    cell("", track),
    cell("figure", visit.found ? "before " : "", time(visit.arrived)),
    cell("figure", "→ ", left),
    cell("number", duration(visit.dwell_s)),
    cell("quiet", moves.length ? count(moves.length, "entry", "entries") : ""),
  );
  const list = moves.length ? html("ol", { class: "moves" }, moves.map((move) => moveItem(move, zone, today))) : html("p", { class: "nothing" }, `Since ${dayMinute(visit.arrived, zone)} nothing has moved.`);
  return html("details", { class: visit.left ? "visit" : "visit still" }, summary, list);
}
