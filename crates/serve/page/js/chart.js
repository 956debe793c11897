// SPDX-License-Identifier: MIT OR Apache-2.0
// Tracks over time: time runs to the right, places along each track upwards, a bar is a stay.

import { clock, dayMinute, marks, minute } from "./days.js";
import { FAMILY, fitting, replace, setAttribute, svg } from "./dom.js";

/** Left of the tracks, pixels; a slider below is indented by as much. */
export const GUTTER = 46;
const RIGHT = 12;
const AXIS = 22;
const GAP = 8;
/** All tracks together are about this high, and each at least this, pixels. */
const HIGH = 560;
const LEAST = 26;
const FONT = `600 11px ${FAMILY}`;

/** The picture of a period. `onSeek(time)`: somebody pointed at a time. */
export class Chart {
  #width = 0;
  #data = null;
  #playhead = null;

  constructor({ onSeek, label }) {
    this.onSeek = onSeek;
    this.drawing = svg("g");
    this.head = svg("g", { class: "playhead" }, svg("path", {}), svg("rect", { rx: 3, height: 18 }), svg("text", {}));
    this.element = svg("svg", { class: "chart", role: "img", "aria-label": label }, this.drawing, this.head);
    this.observer = new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - this.#width) < 1) return;
      this.#width = entry.contentRect.width;
      this.#draw();
    });
    this.observer.observe(this.element);
    this.#listen();
  }

  /** Stops watching the window. */
  close() {
    this.observer.disconnect();
  }

  /** A press or a drag seeks. */
  #listen() {
    const seek = (event) => {
      if (!this.#data) return;
      const x = event.clientX - this.element.getBoundingClientRect().left;
      const { from, to } = this.#data;
      const share = Math.max(0, Math.min(1, (x - GUTTER) / (this.#width - GUTTER - RIGHT)));
      this.onSeek(from + (to - from) * share);
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      seek(event);
    });
    this.element.addEventListener("pointermove", (event) => event.buttons & 1 && seek(event));
  }

  /** Shows `{ tracks, stays, moves, from, to, zone, known }`; times in milliseconds. Stays without an end last as long as anything is `known`. */
  update(data) {
    this.#data = data;
    this.#draw();
  }

  /** Puts the line of the time shown. */
  seek(time) {
    this.#playhead = time;
    this.#drawPlayhead();
  }

  /** The horizontal position of a time. */
  #x(time) {
    const { from, to } = this.#data;
    return GUTTER + ((this.#width - GUTTER - RIGHT) * (Math.max(from, Math.min(to, time)) - from)) / (to - from);
  }

  /** Draws everything. */
  #draw() {
    if (!this.#data || this.#width < 80) return;
    const { tracks } = this.#data;
    const total = tracks.reduce((sum, track) => sum + track.length, 0);
    const scale = Math.max(0.15, Math.min(1.4, HIGH / total));
    let top = AXIS;
    const rows = new Map();
    for (const track of tracks) {
      const height = Math.max(LEAST, track.length * scale);
      const bottom = top + height;
      rows.set(track.id, { track, top, height, y: (s) => bottom - (Math.max(0, Math.min(track.length, s)) / track.length) * height });
      top += height + GAP;
    }
    const height = top - GAP + 8;
    setAttribute(this.element, "viewBox", `0 0 ${this.#width} ${height}`);
    setAttribute(this.element, "height", height);
    this.height = height;
    replace(this.drawing, [...rows.values()].map((row) => this.#row(row)), this.#axis(top - GAP), this.#future(top - GAP), this.#stays(rows), this.#moves(rows));
    this.#drawPlayhead();
  }

  /** The ground of a track. */
  #row({ track, top, height }) {
    return svg(
      "g",
      null,
      svg("rect", { class: "lane", x: GUTTER, y: top, width: this.#width - GUTTER - RIGHT, height }),
      svg("text", { class: "track-name", x: GUTTER - 8, y: top + height / 2 + 4 }, track.id),
    );
  }

  /** Round times. */
  #axis(bottom) {
    const { from, to, zone } = this.#data;
    const { times, step } = marks(from, to, zone, Math.max(2, (this.#width - GUTTER) / 72));
    const text = step >= 86400000 ? dayMinute : step < 60000 ? clock : minute;
    return times.map((time) => {
      const x = this.#x(time);
      const label = x < this.#width - 20 ? svg("text", { class: "mark", x: x.toFixed(1), y: AXIS - 8 }, text(time, zone)) : null;
      return svg("g", null, svg("path", { class: "grid", d: `M${x.toFixed(1)} ${AXIS - 4}V${bottom}` }), label);
    });
  }

  /** What is not known yet. */
  #future(bottom) {
    const { known, to } = this.#data;
    if (known >= to) return null;
    const x = this.#x(known);
    return svg("rect", { class: "future", x: x.toFixed(1), y: AXIS, width: Math.max(0, this.#width - RIGHT - x).toFixed(1), height: bottom - AXIS });
  }

  /** A bar for each stay, with a stripe on the side of the head. */
  #stays(rows) {
    const { from, to, known } = this.#data;
    return this.#data.stays.map((stay) => {
      const row = rows.get(stay.track);
      const [begin, end] = [Date.parse(stay.from), stay.to ? Date.parse(stay.to) : known];
      if (!row || end <= from || begin >= to) return null;
      const [low, high] = [Math.min(stay.head, stay.tail), Math.max(stay.head, stay.tail)];
      const [left, right, top, bottom] = [this.#x(begin), this.#x(end), row.y(high), row.y(low)];
      const [width, height] = [Math.max(1.5, right - left), Math.max(3, bottom - top)];
      const name = stay.number ?? stay.model ?? stay.locomotive;
      const size = Math.min(11, height - 2);
      const label = size >= 8.5 ? fitting([[name, stay.number && stay.model].filter(Boolean).join("  "), name, `…${name.slice(-4)}`], FONT, width - 10) : "";
      const box = { x: left.toFixed(1), y: top.toFixed(1), width: width.toFixed(1), height: height.toFixed(1) };
      const up = stay.head >= stay.tail;
      const stripe = up ? top : bottom - 2;
      return svg(
        "g",
        { class: `stay${stay.to ? "" : " open"}${stay.number ? "" : " nameless"}` },
        svg("title", null, `${name} on ${stay.track}, ${low.toFixed(1)} to ${high.toFixed(1)} m, ${this.#period(begin, stay.to ? end : null)}`),
        svg("rect", box),
        height > 8 && svg("rect", { ...box, class: "head", y: stripe.toFixed(1), height: 2 }),
        label && svg("text", { x: (left + 5).toFixed(1), y: (top + height / 2 + (up ? 1 : -1) + size * 0.36).toFixed(1), "font-size": size.toFixed(1) }, label),
      );
    });
  }

  /** '1 Mar 10:31 to 12:00', or 'since …'. */
  #period(begin, end) {
    const { zone } = this.#data;
    return end ? `${dayMinute(begin, zone)} to ${minute(end, zone)}` : `since ${dayMinute(begin, zone)}`;
  }

  /** A small arrow for each arrival and departure; a move shows in the bars. */
  #moves(rows) {
    const { from, to } = this.#data;
    return this.#data.moves.map((move) => {
      const row = rows.get(move.track);
      const time = Date.parse(move.time);
      if (!row || move.kind === "move" || time < from || time > to) return null;
      const x = this.#x(time);
      const y = row.top + row.height;
      const d = move.kind === "arrival" ? `M${x - 4} ${y + 6}H${x + 4}L${x} ${y}Z` : `M${x - 4} ${y}H${x + 4}L${x} ${y + 6}Z`;
      return svg("path", { class: `event ${move.kind}`, d });
    });
  }

  /** The line of the time shown. */
  #drawPlayhead() {
    const shown = this.#data && this.#playhead !== null && this.#width >= 80;
    setAttribute(this.head, "visibility", shown ? null : "hidden");
    if (!shown) return;
    const x = this.#x(this.#playhead);
    const [path, rect, text] = this.head.children;
    path.setAttribute("d", `M${x.toFixed(1)} 10V${this.height - 4}`);
    text.textContent = clock(this.#playhead, this.#data.zone);
    const middle = Math.max(GUTTER + 28, Math.min(this.#width - 40, x));
    text.setAttribute("x", middle.toFixed(1));
    text.setAttribute("y", 13);
    rect.setAttribute("x", (middle - 30).toFixed(1));
    rect.setAttribute("y", 0);
    rect.setAttribute("width", 60);
  }
}
