// SPDX-License-Identifier: MIT OR Apache-2.0
// The hall as it was: a day as a picture, a slider, and stored states played as a film.

import { ask, failure, now } from "../api.js";
import { Chart } from "../chart.js";
import { addDays, clock, date, day, isDay, startOfDay } from "../days.js";
import { html, replace, setAttribute, setText } from "../dom.js";
import { inWords, Panel } from "../panel.js";
import { Plan } from "../plan.js";
import { Playback } from "../playback.js";
import { link, note } from "../route.js";
import { Table } from "../table.js";
import { called } from "../words.js";
import { inShort } from "./hall.js";

export const title = "Time";

/** Lengths of the picture, seconds; 0 is the whole day. */
const SPANS = [[0, "Day"], [6 * 3600, "6 h"], [3600, "1 h"], [600, "10 min"]];
const SPEEDS = [1, 10, 60];
const KINDS = [["arrival", "Arrivals"], ["departure", "Departures"], ["move", "Moves"]];
/** How much of the picture lies before the time that it is opened at. */
const LEFT = 0.8;
/** A jump to an event shows this much before it, milliseconds. */
const BEFORE = 10000;
/** The address is brought up to date at most this often while a film plays, milliseconds. */
const NOTED = 1000;

/** Shows the page. */
export function show(root, app, parameters) {
  const view = new TimeView(app, parameters);
  root.append(view.element);
  view.start(parameters);
  return view;
}

class TimeView {
  #day = "";
  #span = null;
  #window = { from: 0, to: 1 };
  #events = [];
  #stays = [];
  #kinds = new Set(KINDS.map(([kind]) => kind));
  #state = null;
  #notedAt = 0;
  #loads = 0;

  constructor(app) {
    this.app = app;
    this.zone = app.hall.timezone;
    this.question = { facility: app.hall.facility, flow: app.flow };
    this.panel = new Panel({ hall: app.hall, flow: app.flow, onClose: () => this.plan.select(null) });
    this.plan = new Plan(app.facility, { onOpen: (id) => this.#open(id), share: 0.36, label: "Plan of the hall at the chosen time" });
    this.chart = new Chart({ onSeek: (time) => this.seek(time), label: "Stays on each track over time" });
    this.playback = new Playback({
      question: this.question,
      onShow: (state, time) => this.#show(state, time),
      onFailure: (error) => this.#fail(error),
      onPlaying: (playing) => this.#showPlaying(playing),
    });
    this.message = html("p", { class: "failure", role: "status" });
    this.summary = html("p", { class: "summary" });
    this.element = html("div", { class: "with-panel" }, html("div", { class: "main" }, this.#sheet(), this.#eventSheet()), this.panel.element);
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Plan, buttons and picture. */
  #sheet() {
    this.dayField = html("input", { type: "date", "aria-label": "Day", max: day(now(), this.zone) });
    this.dayField.addEventListener("change", () => isDay(this.dayField.value) && this.#goToDay(this.dayField.value));
    const step = (days, text, label) => html("button", { type: "button", "aria-label": label, onclick: () => this.#goToDay(addDays(this.#day, days)) }, text);
    this.spans = html("div", { class: "choices", role: "group", "aria-label": "Length of the picture" });
    this.slider = html("input", { type: "range", min: 0, max: 1, step: 1, "aria-label": "Time" });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value) * 1000));
    this.play = html("button", { type: "button", class: "play", onclick: () => this.#toggle() }, "Play");
    this.speeds = html("div", { class: "choices", role: "group", "aria-label": "Speed" });
    return html(
      "section",
      { class: "sheet", "aria-label": "Playback" },
      html("div", { class: "bar" }, html("div", { class: "bar-group" }, step(-1, "‹", "Day before"), this.dayField, step(1, "›", "Day after")), this.summary, html("a", { class: "button", href: link("hall") }, "Back to live")),
      this.message,
      this.plan.element,
      html(
        "div",
        { class: "bar transport" },
        html("div", { class: "bar-group" },
          html("button", { type: "button", onclick: () => this.#jump(-1) }, "‹ Event"),
          this.play,
          html("button", { type: "button", onclick: () => this.#jump(1) }, "Event ›"),
          this.speeds),
        this.spans,
      ),
      html("div", { class: "slider" }, this.slider),
      this.chart.element,
      html("p", { class: "hint" }, "A bar is a stay, from tail to head; the stripe is on the side of the head. ▲ arrival, ▼ departure. Keys: Space plays, comma and full stop go to the event before and after, arrows on the slider go by a second."),
    );
  }

  /** The list of events of the day. */
  #eventSheet() {
    const box = ([kind, text]) => {
      const field = html("input", { type: "checkbox", checked: true });
      field.addEventListener("change", () => {
        if (field.checked) this.#kinds.add(kind);
        else this.#kinds.delete(kind);
        this.#listEvents();
      });
      return html("label", null, field, text);
    };
    this.table = new Table({
      caption: "Arrivals, departures and moves",
      key: (move) => `${move.time}${move.locomotive}${move.kind}`,
      onOpen: (move) => this.seek(Date.parse(move.time) - BEFORE),
      rowClass: (move) => move.kind,
      empty: "Nothing arrived, left or moved.",
      columns: [
        { title: "Time", class: "figure", cell: (move) => clock(move.time, this.zone) },
        { title: "Locomotive", class: "figure", cell: called },
        { title: "What", class: "wide", cell: inWords },
      ],
    });
    this.heading = html("h2", null, "Events");
    return html("section", { class: "sheet" }, html("div", { class: "bar" }, this.heading, html("div", { class: "boxes" }, KINDS.map(box))), this.table.element);
  }

  /** Shows what the address asks for: a time, a day, a length. */
  async start(parameters) {
    const asked = Date.parse(parameters.at ?? "");
    const newest = Date.parse(this.app.live.state?.time ?? this.app.hall.newest ?? "");
    const at = Number.isFinite(asked) ? asked : Number.isFinite(newest) ? newest : now();
    const span = Number(parameters.span);
    this.#span = SPANS.some(([seconds]) => seconds === span) && parameters.span ? span : null;
    this.playback.setSpeed(SPEEDS.includes(Number(parameters.speed)) ? Number(parameters.speed) : 10);
    this.#showSpeeds();
    this.#showPlaying(false);
    await this.#load(at);
    this.seek(at);
  }

  /** Follows a link on this page to another time. */
  address(parameters) {
    const at = Date.parse(parameters.at ?? "");
    if (Number.isFinite(at)) this.seek(at);
  }

  /** Nothing of the live stream is shown here. */
  state() {}

  /** Stops everything. */
  close() {
    this.playback.close();
    this.plan.close();
    this.chart.close();
  }

  /** Goes to a time. */
  seek(time) {
    const at = Math.max(0, Math.min(time, now()));
    if (day(at, this.zone) !== this.#day) this.#load(at);
    this.playback.seek(at);
    this.#moveTo(at);
    this.#note(at, true);
  }

  /** Until when there are states. */
  #known() {
    const newest = Date.parse(this.app.live.state?.time ?? this.app.hall.newest ?? "");
    return Math.min(now(), Number.isFinite(newest) ? newest : now());
  }

  /** The same time of another day. */
  #goToDay(name) {
    const into = this.playback.position - startOfDay(this.#day, this.zone);
    this.seek(Math.min(startOfDay(name, this.zone) + into, startOfDay(addDays(name, 1), this.zone) - 1));
  }

  /** Loads stays and events of a day. */
  async #load(at) {
    this.#day = day(at, this.zone);
    this.dayField.value = this.#day;
    setText(this.heading, `Events of ${date(at, this.zone)}`);
    const period = { from: new Date(startOfDay(this.#day, this.zone)), to: new Date(startOfDay(addDays(this.#day, 1), this.zone)) };
    const load = (this.#loads += 1);
    try {
      const [stays, moves] = await Promise.all([ask("/api/stays", { ...this.question, ...period }), ask("/api/moves", { ...this.question, ...period })]);
      if (load !== this.#loads) return;
      this.#stays = stays;
      this.#events = moves.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
      this.#span ??= fittingSpan(stays, moves, period.from.getTime(), at);
      this.playback.end = Math.min(period.to.getTime(), this.#known());
      this.#showSpans();
      this.#listEvents();
      this.#frame(this.playback.position || at, true);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Puts the picture around a time, unless that is in it already. */
  #frame(time, force = false) {
    const { from: old, to } = this.#window;
    if (!force && time >= old && time <= to) return;
    const start = startOfDay(this.#day, this.zone);
    const end = startOfDay(addDays(this.#day, 1), this.zone);
    const span = this.#span ? this.#span * 1000 : end - start;
    // A film that runs out of the picture goes on at the left of the next one.
    const share = time > to && time - to < 10000 ? 0.1 : LEFT;
    const from = Math.max(start, Math.min(end - span, Math.floor((time - share * span) / 60000) * 60000));
    this.#window = { from, to: from + span };
    setAttribute(this.slider, "min", Math.floor(from / 1000));
    setAttribute(this.slider, "max", Math.floor((from + span) / 1000));
    this.chart.update({ tracks: this.app.facility.tracks, stays: this.#stays, moves: this.#events, zone: this.zone, known: this.#known(), ...this.#window });
  }

  /** Moves slider and line. */
  #moveTo(time) {
    this.#frame(time);
    this.slider.value = String(Math.floor(time / 1000));
    setAttribute(this.slider, "aria-valuetext", clock(time, this.zone));
    this.chart.seek(time);
  }

  /** Shows a state of the film. */
  #show(state, time) {
    setText(this.message, "");
    if (state !== this.#state) {
      this.#state = state;
      this.plan.update(state);
      this.panel.update(state);
      setText(this.summary, inShort(state, this.zone));
    }
    if (this.playback.playing) {
      this.#moveTo(time);
      this.#note(time, false);
    }
  }

  /** Says why nothing can be shown. */
  #fail(error) {
    setText(this.message, failure(error));
  }

  /** Keeps the time in the address. */
  #note(time, always) {
    if (!always && performance.now() - this.#notedAt < NOTED) return;
    this.#notedAt = performance.now();
    note({ at: new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z") });
  }

  /** Opens a locomotive. */
  #open(id) {
    if (!this.#state) return;
    this.panel.open(id, this.#state);
    this.plan.select(id);
  }

  /** Plays or stops. */
  #toggle() {
    if (this.playback.playing) this.playback.pause();
    else this.playback.play();
  }

  /** Says on the button what it does. */
  #showPlaying(playing) {
    setText(this.play, playing ? "❚❚ Pause" : "▶ Play");
  }

  /** The lengths of the picture. */
  #showSpans() {
    const choose = (seconds) => {
      this.#span = seconds;
      note({ span: seconds });
      this.#showSpans();
      this.#frame(this.playback.position, true);
      this.#moveTo(this.playback.position);
    };
    choices(this.spans, SPANS, this.#span, choose);
  }

  /** The speeds. */
  #showSpeeds() {
    const choose = (speed) => {
      this.playback.setSpeed(speed);
      note({ speed });
      this.#showSpeeds();
    };
    choices(this.speeds, SPEEDS.map((speed) => [speed, `×${speed}`]), this.playback.speed, choose);
  }

  /** Events of the chosen kinds. */
  #chosen() {
    return this.#events.filter((move) => this.#kinds.has(move.kind));
  }

  /** Lists them, the latest first. */
  #listEvents() {
    this.table.update(this.#chosen().reverse());
  }

  /** Goes to the event before or after. */
  #jump(way) {
    const here = this.playback.position + BEFORE;
    const events = this.#chosen();
    const next = way > 0 ? events.find((move) => Date.parse(move.time) > here + 500) : events.findLast((move) => Date.parse(move.time) < here - 500);
    if (next) this.seek(Date.parse(next.time) - BEFORE);
  }

  /** Keys of a player. */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "," || event.key === ".") this.#jump(event.key === "." ? 1 : -1);
    else if (event.key === " " && !event.target.closest("button, a, input[type=checkbox], select, [role=button]")) {
      event.preventDefault();
      this.#toggle();
    }
  }
}

/** Buttons of which one is pressed. The one with the focus keeps it. */
function choices(group, values, chosen, onChoose) {
  if (!group.children.length) replace(group, values.map(([value, text]) => html("button", { type: "button", "data-value": value, onclick: () => onChoose(value) }, text)));
  for (const button of group.children) button.setAttribute("aria-pressed", String(Number(button.dataset.value) === chosen));
}

/** The shortest picture that holds all that happened on a day up to a time. */
function fittingSpan(stays, moves, start, at) {
  const begins = [...stays.map((stay) => Date.parse(stay.from)), ...moves.map((move) => Date.parse(move.time))].filter((time) => time <= at);
  const earliest = Math.min(...begins, at);
  if (earliest <= start) return 0;
  const lengths = SPANS.map(([seconds]) => seconds).filter(Boolean).reverse();
  return lengths.find((seconds) => at - earliest <= LEFT * seconds * 1000) ?? 0;
}
