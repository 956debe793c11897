// SPDX-License-Identifier: MIT OR Apache-2.0
// How the cameras are.

import { failure, Latest, now } from "../api.js";
import { unseen } from "../coverage.js";
import { lately } from "../days.js";
import { html, setText } from "../dom.js";
import { Plan } from "../plan.js";
import { Table } from "../table.js";
import { count, duration, health, sentence, stretch } from "../words.js";

export const title = "Cameras";

/** A camera that is said to see, but of which nothing has come for this long, is marked, seconds. */
const SILENT = 30;
/** The table is asked for again after this, milliseconds. */
const AGAIN = 5000;

/** Shows the page. */
export function show(root, app) {
  const { facility, hall } = app;
  const latest = new Latest();
  const plan = new Plan(facility, { onOpen: () => {}, share: 0.32, label: "What the cameras see" });
  const summary = html("p", { class: "summary" });
  const message = html("p", { class: "failure", role: "status" });
  const covers = new Map((facility.cameras ?? []).map((camera) => [camera.id, camera.covers ?? []]));
  let chosen = null;
  /** Probability that a camera's pictures show nothing, as the newest state has it. */
  let blind = new Map();
  const looks = (camera) => {
    const seen = health(camera.status, blind.get(camera.camera));
    return seen.sees && camera.age_s > SILENT ? { ...seen, text: "silent", level: "warn" } : seen;
  };
  const table = new Table({
    caption: "Cameras",
    key: (camera) => camera.camera,
    onOpen: (camera) => {
      chosen = chosen === camera.camera ? null : camera.camera;
      plan.show(chosen);
      load();
    },
    rowClass: (camera) => `${looks(camera).level}${camera.camera === chosen ? " chosen" : ""}`,
    empty: "No camera has been heard of yet.",
    columns: [
      { title: "Camera", class: "figure", cell: (camera) => camera.camera },
      { title: "Status", cell: (camera) => status(looks(camera)) },
      { title: "Since", class: "figure", cell: (camera) => (camera.since ? lately(camera.since, hall.timezone, now()) : "–") },
      { title: "Pictures/s", class: "number", cell: (camera) => (typeof camera.fps === "number" ? camera.fps.toFixed(1) : "–") },
      { title: "Last picture", class: "number", cell: (camera) => (typeof camera.age_s === "number" ? `${camera.age_s < 10 ? `${camera.age_s.toFixed(1)} s` : duration(camera.age_s)} ago` : "–") },
      { title: "What is wrong", class: "wide", cell: (camera) => wrong(camera, looks(camera)) },
      { title: "Covers", class: "wide", cell: (camera) => (covers.get(camera.camera) ?? []).map((cover) => `${cover.track} ${stretch(cover)}`).join(", ") || "–" },
    ],
  });
  const hidden = html("p", { class: "hint" });
  root.append(
    html("div", { class: "main" },
      html("section", { class: "sheet", "aria-label": "Coverage" }, summary, message, plan.element, hidden),
      html("section", { class: "sheet" }, html("h2", null, "Cameras"), html("p", { class: "hint" }, "Press a camera to see on the plan what it covers."), table.element)));

  /** Asks how the cameras are. */
  async function load() {
    try {
      const rows = await latest.ask("/api/cameras", { facility: hall.facility });
      if (!rows) return;
      setText(message, "");
      const grave = (camera) => (looks(camera).level === "good" ? 1 : 0);
      rows.sort((a, b) => grave(a) - grave(b) || (a.camera < b.camera ? -1 : 1));
      table.update(rows);
      const seeing = new Set(rows.filter((camera) => looks(camera).sees).map(({ camera }) => camera));
      setText(summary, seeing.size === rows.length ? `All ${count(rows.length, "camera")} see` : `${rows.length - seeing.size} of ${count(rows.length, "camera")} do not see`);
      setText(hidden, inWords(facility, seeing));
    } catch (error) {
      setText(message, failure(error));
    }
  }

  load();
  const timer = setInterval(() => latest.waits || load(), AGAIN);
  return {
    state(state) {
      blind = new Map(state.data.cameras.map((camera) => [camera.id, camera.blind]));
      plan.update({ ...state, data: { ...state.data, locomotives: [] } });
    },
    health: () => latest.waits || load(),
    close() {
      clearInterval(timer);
      latest.stop();
      plan.close();
    },
  };
}

/** Why a camera does not see. */
function wrong(camera, { sees, level }) {
  if (sees && level === "warn") return "No report of it, though nobody has said that it is down";
  return camera.text ? sentence(camera.text) : sees || camera.status !== "online" ? "" : "Its pictures show nothing: dirt, glare or darkness";
}

/** A lamp and the status in words. */
function status({ level, text }) {
  return html("span", { class: `status ${level}` }, html("span", { class: "lamp", "aria-hidden": "true" }), text);
}

/** 'Not seen now: T4 24 to 47 m (C12).' */
function inWords(facility, seeing) {
  const found = facility.tracks.flatMap((track) => unseen(track, facility.cameras ?? [], (id) => seeing.has(id)).map((hidden) => {
    const why = hidden.cameras.length ? hidden.cameras.join(", ") : "no camera";
    return `${track.id} ${stretch(hidden)} (${why})`;
  }));
  return found.length ? `Not seen now: ${found.join("; ")}.` : "Every metre of every track is seen.";
}
