// SPDX-License-Identifier: MIT OR Apache-2.0
// The hall as it is now.

import { room, span, unseen } from "../coverage.js";
import { clock } from "../days.js";
import { html, keyed, setAttribute, setText } from "../dom.js";
import { remarks } from "../locomotive.js";
import { Panel } from "../panel.js";
import { Plan } from "../plan.js";
import { note } from "../route.js";
import { Table } from "../table.js";
import { called, count, health, metres, percent, sentence, stretch } from "../words.js";

export const title = "Hall";

/** What the signs on the plan mean. */
export function legend() {
  const sign = (kind, text) => html("li", null, html("span", { class: `sign ${kind}`, "aria-hidden": "true" }), text);
  return html(
    "ul",
    { class: "legend", "aria-label": "Signs" },
    sign("at-rest", "locomotive, head yellow"),
    sign("in-motion", "moving"),
    sign("unsure", "tentative"),
    sign("coasting", "not seen lately"),
    sign("soft", "soft end: place not certain"),
    sign("hatched", "not seen now"),
    sign("uncovered", "covered by no camera"),
    sign("is-door", "door"),
    sign("is-wall", "wall"),
  );
}

/** Shows the page. */
export function show(root, app, parameters) {
  const { facility, hall } = app;
  let state = null;
  const open = (id) => {
    if (!state) return;
    panel.open(id, state);
    plan.select(id);
    note({ loco: id });
  };
  const panel = new Panel({ hall, flow: app.flow, onClose: () => {
    plan.select(null);
    note({ loco: "" });
  } });
  const plan = new Plan(facility, { onOpen: open, share: 0.55 });
  const summary = html("p", { class: "summary" });
  const list = locomotiveTable(app, open, () => state);
  const tracks = trackTable(app, () => state);
  const cameras = cameraChips(app, plan);
  root.append(
    html("div", { class: "with-panel" },
      html("div", { class: "main" },
        html("section", { class: "sheet", "aria-label": "Plan" }, summary, plan.element, legend(), facility.guessed && html("p", { class: "hint" }, "The server has no facility file of this hall: tracks are as long as what was seen on them.")),
        html("div", { class: "columns" },
          html("section", { class: "sheet" }, html("h2", null, "Locomotives"), list.element),
          html("div", { class: "stack" },
            html("section", { class: "sheet" }, html("h2", null, "Tracks"), tracks.element),
            html("section", { class: "sheet" }, html("h2", null, "Cameras"), cameras.element)))),
      panel.element));
  return {
    state(next) {
      state = next;
      plan.update(next);
      setText(summary, inShort(next, hall.timezone));
      list.update(next.data.locomotives);
      tracks.update(facility.tracks);
      cameras.update(next.data.cameras);
      if (parameters.loco && panel.id === null) open(parameters.loco);
      parameters = {};
      panel.update(next);
    },
    close: () => plan.close(),
  };
}

/** '16 locomotives, 1 tentative, 2 not seen lately. 10:31:05'. */
export function inShort(state, zone) {
  const of = (status) => state.data.locomotives.filter((locomotive) => locomotive.status === status).length;
  const parts = [count(state.data.count, "locomotive")];
  if (of("tentative")) parts.push(`${of("tentative")} tentative`);
  if (of("coasting")) parts.push(`${of("coasting")} not seen lately`);
  const moving = state.data.locomotives.filter((locomotive) => locomotive.moving).length;
  if (moving) parts.push(`${moving} moving`);
  return `${parts.join(", ")} at ${clock(state.time, zone)}`;
}

/** The locomotives as a table, in the order of tracks and places. */
export function locomotiveTable(app, onOpen, state) {
  const time = () => Date.parse(state().time);
  const table = new Table({
    caption: "Locomotives",
    key: (locomotive) => locomotive.id,
    onOpen: (locomotive) => onOpen(locomotive.id),
    rowClass: (locomotive) => locomotive.status,
    empty: "No locomotive is in the hall.",
    columns: [
      { title: "Locomotive", class: "figure", cell: called },
      { title: "Model", cell: (locomotive) => locomotive.model?.name ?? "–" },
      { title: "Track", cell: (locomotive) => locomotive.track },
      { title: "Place", class: "number", cell: (locomotive) => `${span(locomotive)[0].toFixed(1)} – ${metres(span(locomotive)[1])}` },
      { title: "Sure", class: "number", cell: (locomotive) => percent(locomotive.confidence) },
      { title: "Remarks", class: "wide", cell: (locomotive) => sentence(remarks(locomotive, time()).map(([long]) => long).join(", ")) },
    ],
  });
  const order = new Map(app.facility.tracks.map((track, i) => [track.id, i]));
  const sorted = (items) => [...items].sort((a, b) => (order.get(a.track) ?? 99) - (order.get(b.track) ?? 99) || span(a)[0] - span(b)[0]);
  return { element: table.element, update: (items) => table.update(sorted(items)) };
}

/** What is free and what is not seen on each track. */
function trackTable(app, state) {
  const cameras = app.facility.cameras ?? [];
  const hidden = (track) => {
    const seeing = new Set(state().data.cameras.filter((camera) => health(camera.health, camera.blind).sees).map(({ id }) => id));
    return unseen(track, cameras, (id) => seeing.has(id)).map(({ from, to }) => `${from.toFixed(0)}–${to.toFixed(0)}`).join(", ");
  };
  return new Table({
    caption: "Tracks",
    key: (track) => track.id,
    columns: [
      { title: "Track", cell: (track) => track.id },
      { title: "Length", class: "number", cell: (track) => metres(track.length) },
      { title: "Occupied", class: "number", cell: (track) => metres(room(track, state().data.locomotives).occupied) },
      { title: "Longest free", class: "number", cell: (track) => freeStretch(track, state().data.locomotives) },
      { title: "Not seen, m", class: "wide", cell: hidden },
    ],
  });
}

/** '38.2 m from 41.0'. */
function freeStretch(track, locomotives) {
  const { free } = room(track, locomotives);
  const length = free.to - free.from;
  return length < 0.5 ? "–" : `${metres(length)} from ${free.from.toFixed(0)}`;
}

/** One chip a camera; a press shows what it covers. */
function cameraChips(app, plan) {
  const list = html("ul", { class: "chips" });
  const what = html("p", { class: "hint", "aria-live": "polite" }, "Press a camera to see what it covers.");
  let chosen = null;
  let newest = [];
  const choose = (id) => {
    chosen = chosen === id ? null : id;
    plan.show(chosen);
    update(newest);
    const covers = (app.facility.cameras ?? []).find((camera) => camera.id === chosen)?.covers ?? [];
    const stretches = covers.map((cover) => `${cover.track} ${stretch(cover)}`).join(", ");
    setText(what, chosen ? `${chosen} covers ${stretches || "nothing that is known"}.` : "Press a camera to see what it covers.");
  };
  const create = (camera) => {
    const button = html("button", { type: "button", onclick: () => choose(camera.id) }, html("span", { class: "lamp", "aria-hidden": "true" }), html("span", null, camera.id), " ", html("span"));
    return html("li", null, button);
  };
  const change = (item, camera) => {
    const button = item.firstChild;
    const { level, text } = health(camera.health, camera.blind);
    setAttribute(button, "class", `chip ${level}`);
    setAttribute(button, "aria-pressed", String(camera.id === chosen));
    setText(button.lastChild, text);
    setAttribute(button.lastChild, "class", level === "good" ? "unseen-text" : "state");
  };
  /** Shows the cameras of a state, those in trouble first. */
  function update(cameras) {
    newest = cameras;
    const grave = (camera) => (health(camera.health, camera.blind).level === "good" ? 1 : 0);
    keyed(list, [...cameras].sort((a, b) => grave(a) - grave(b) || (a.id < b.id ? -1 : 1)), ({ id }) => id, create, change);
  }
  return { element: html("div", null, list, what), update };
}
