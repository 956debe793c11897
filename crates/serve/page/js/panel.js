// SPDX-License-Identifier: MIT OR Apache-2.0
// What is known of one locomotive: how sure, who saw it, its stay so far and its moves.

import { failure, Latest, now } from "./api.js";
import { span } from "./coverage.js";
import { clock, lately } from "./days.js";
import { html, replace, setText } from "./dom.js";
import { remarks } from "./locomotive.js";
import { link } from "./route.js";
import { facts } from "./table.js";
import { called, duration, metres, percent, sentence, sure } from "./words.js";

/** Visits are looked for this far back, milliseconds. */
const BACK = 31 * 86400000;
/** A stay this near is that of the locomotive, metres. */
const NEAR = 3;
/** The stay is asked for again after this, milliseconds. */
const AGAIN = 20000;

/** The panel of one locomotive at a time. `onClose()` is called when it is shut. */
export class Panel {
  #id = null;
  #visit = null;
  #latest = new Latest();
  #askedAt = 0;
  #from = null;
  #shown = "";

  constructor({ hall, flow, onClose }) {
    Object.assign(this, { hall, flow, onClose });
    this.title = html("h2", { tabindex: -1 });
    this.sub = html("p", { class: "sub" });
    this.now = html("div");
    this.history = html("div", { class: "history" });
    const close = html("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => this.close() }, "×");
    this.element = html("aside", { class: "panel", hidden: true, "aria-label": "Locomotive" }, html("header", null, html("div", null, this.title, this.sub), close), this.now, this.history);
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  /** The locomotive shown, or `null`. */
  get id() {
    return this.#id;
  }

  /** Shows a locomotive of a state. */
  open(id, state) {
    if (id !== this.#id) {
      this.#visit = null;
      this.#askedAt = 0;
      this.#shown = "";
      replace(this.history);
    }
    this.#from = document.activeElement;
    this.#id = id;
    this.element.hidden = false;
    this.update(state);
    this.title.focus({ preventScroll: true });
  }

  /** Shuts it; focus goes back to where it was. */
  close() {
    if (this.#id === null) return;
    this.#id = null;
    this.#latest.stop();
    this.element.hidden = true;
    if (this.#from?.isConnected) this.#from.focus({ preventScroll: true });
    this.onClose();
  }

  /** Follows the locomotive into another state. */
  update(state) {
    if (this.#id === null || !state) return;
    const locomotive = state.data.locomotives.find(({ id }) => id === this.#id);
    if (!locomotive) {
      setText(this.sub, `Not in the state of ${clock(state.time, this.hall.timezone)}: it has left, or was given up.`);
      return;
    }
    const time = Date.parse(state.time);
    setText(this.title, called(locomotive));
    setText(this.sub, [locomotive.model?.name, locomotive.track, locomotive.id === called(locomotive) ? null : locomotive.id].filter(Boolean).join(" · "));
    this.#showNow(locomotive, time);
    this.#askHistory(locomotive, time);
  }

  /** How sure things are now. */
  #showNow(locomotive, time) {
    const content = JSON.stringify([locomotive, Math.floor(time / 1000)]);
    if (content === this.#shown) return;
    this.#shown = content;
    const [low, high] = span(locomotive);
    const certain = (p) => [html("b", null, sentence(sure(p))), " ", html("span", { class: "figure" }, percent(p))];
    const { plate, model, head, tail } = locomotive;
    const age = (time - Date.parse(locomotive.last_seen)) / 1000;
    const notes = remarks(locomotive, time).map(([long]) => html("li", null, sentence(long)));
    replace(
      this.now,
      notes.length > 0 && html("ul", { class: "remarks" }, notes),
      facts([
        ["It is there", certain(locomotive.confidence)],
        ["Number", plate ? [html("span", { class: "figure" }, plate.text), " ", certain(plate.p)] : "not read yet"],
        ["Model", model ? [html("span", { class: "figure" }, model.name), " ", certain(model.p)] : "not recognised yet"],
        ["Head", `at ${metres(head.s)} ± ${head.sigma.toFixed(1)} m`],
        ["Tail", `at ${metres(tail.s)} ± ${tail.sigma.toFixed(1)} m`],
        ["Head, not tail", certain(locomotive.orientation_confidence)],
        ["Length", `${metres(high - low)} as measured`],
        ["Motion", locomotive.moving ? `${Math.abs(locomotive.velocity).toFixed(2)} m/s towards ${locomotive.velocity > 0 ? "larger" : "smaller"} metres` : "at rest"],
        ["Last seen", age < 2 ? "now" : `${duration(age)} ago, ${clock(locomotive.last_seen, this.hall.timezone)}`],
        ["Seen by", locomotive.seen_by.length ? locomotive.seen_by.map((id) => html("span", { class: "chip" }, id)) : "no camera now"],
      ]),
    );
  }

  /** Asks for the visit that this locomotive is on. */
  async #askHistory(locomotive, time) {
    if (this.#latest.waits || now() - this.#askedAt < AGAIN) return;
    this.#askedAt = now();
    const question = { facility: this.hall.facility, flow: this.flow, to: new Date(time + 1000) };
    try {
      const stays = await this.#latest.ask("/api/stays", { ...question, from: new Date(time - 60000) });
      const visits = stays && (await this.#latest.ask("/api/visits", { ...question, from: new Date(time - BACK) }));
      if (!visits || this.#id !== locomotive.id) return;
      const name = stays.find((stay) => stands(locomotive, stay))?.locomotive ?? locomotive.id;
      const there = visits.filter((visit) => visit.locomotive === name && (!visit.left || Date.parse(visit.left) >= time));
      this.#visit = there.sort((a, b) => (a.arrived < b.arrived ? 1 : -1))[0];
      this.#showHistory(time);
    } catch (error) {
      replace(this.history, html("p", { class: "nothing" }, failure(error)));
    }
  }

  /** The stay so far. */
  #showHistory(time) {
    const zone = this.hall.timezone;
    const visit = this.#visit;
    if (!visit) return replace(this.history, html("h3", null, "Stay"), html("p", { class: "nothing" }, "Nothing is stored of its stay yet."));
    const moves = visit.moves ?? [];
    return replace(
      this.history,
      html("h3", null, "Stay"),
      facts([
        [visit.found ? "There since before" : "Arrived", lately(visit.arrived, zone, time)],
        ["Inside for", duration((time - Date.parse(visit.arrived)) / 1000)],
      ]),
      html("ol", { class: "moves" }, moves.slice(-12).map((move) => moveItem(move, zone, time))),
    );
  }
}

/** Whether a stay is that of a locomotive: history keeps the first name of one that was lost and found again. */
function stands(locomotive, stay) {
  const [[low, high], [from, to]] = [span(locomotive), span(stay)];
  return stay.track === locomotive.track && Math.abs(low + high - from - to) / 2 < NEAR;
}

/** One move in words, with a way to its time. */
export function moveItem(move, zone, today) {
  const at = new Date(Date.parse(move.time) - 10000).toISOString();
  return html("li", { class: `move ${move.kind}` }, html("a", { href: link("time", { at }) }, lately(move.time, zone, today)), " ", inWords(move));
}

/** What a move was: 'arrival on T1 at 12.0 m'. */
export function inWords(move) {
  const at = (value) => (typeof value === "number" ? metres(value) : "?");
  if (move.kind === "arrival") return `arrived on ${move.track}, head at ${at(move.to_metre)}`;
  if (move.kind === "departure") return `left from ${move.from_track ?? move.track}, head was at ${at(move.from_metre)}`;
  const other = move.from_track && move.from_track !== move.track ? ` of ${move.from_track}` : "";
  const far = typeof move.from_metre === "number" && typeof move.to_metre === "number" && !other ? `, ${metres(Math.abs(move.to_metre - move.from_metre))}` : "";
  return `moved on ${move.track} from ${at(move.from_metre)}${other} to ${at(move.to_metre)}${far}`;
}
