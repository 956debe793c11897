// SPDX-License-Identifier: MIT OR Apache-2.0
// The plan of a hall: tracks, doors, cameras, what none of them sees, and the locomotives of one state.

import { unseen } from "./coverage.js";
import { keyed, replace, svg } from "./dom.js";
import { BEYOND, layout } from "./layout.js";
import * as locomotive from "./locomotive.js";
import { health, metres } from "./words.js";

/** Usual size of letters, pixels; a wall screen has larger ones. */
const USUAL = 14;

/** A turned plan may be so many times higher: a narrow screen is scrolled downwards anyway. */
const TALLER = 2.2;

let plans = 0;

/** The ends of a track that are doors. */
export function doors(facility, track) {
  return (facility.doors ?? []).filter((door) => door.track === track).map((door) => door.end ?? door.side ?? (door.s > 0 ? "high" : "low"));
}

/** A plan. `element` is to be put on the page; `update(state)` draws at the next frame. */
export class Plan {
  #name = `plan${(plans += 1)}`;
  #plan = null;
  #state = null;
  #frame = 0;
  #seen = "";
  #marks = new Map();
  #selected = null;
  #camera = null;

  /** `onOpen(id)`: somebody wants to see a locomotive; `share` of the window's height may be used. */
  constructor(facility, { onOpen, label = "Plan of the hall", share = 0.62 }) {
    this.facility = facility;
    this.onOpen = onOpen;
    this.share = share;
    this.ground = svg("g", { class: "ground", "aria-hidden": "true" });
    this.locomotives = svg("g", { class: "locomotives" });
    this.element = svg("svg", { class: "plan", role: "group", "aria-label": label }, this.#patterns(), this.ground, this.locomotives);
    this.observer = new ResizeObserver(([entry]) => this.#fit(entry.contentRect.width));
    this.observer.observe(this.element);
    this.element.addEventListener("keydown", (event) => this.#step(event));
  }

  /** Hatching for what no camera sees. */
  #patterns() {
    const hatch = (name, kind) => svg(
      "pattern",
      { id: `${this.#name}-${name}`, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("path", { class: kind, d: "M3.5 0V7" }),
    );
    return svg("defs", null, hatch("blind", "hatch blind"), hatch("never", "hatch never"));
  }

  /** Shows a state. */
  update(state) {
    this.#state = state;
    this.#later();
  }

  /** Shows which locomotives differ: a map from ids to sentences. */
  mark(marks) {
    this.#marks = marks;
    this.#later();
  }

  /** Shows which locomotive is open. */
  select(id) {
    this.#selected = id;
    this.#later();
  }

  /** Shows what a camera covers; `null` shows none. */
  show(camera) {
    this.#camera = camera;
    this.#seen = "";
    this.#later();
  }

  /** Stops watching the window. */
  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Draws once, at the next frame. */
  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Lays the hall out for another width. */
  #fit(width) {
    if (width < 50 || Math.abs(width - (this.#plan?.width ?? 0)) < 1) return;
    this.#plan = layout(this.facility, width, {
      height: Math.max(220, window.innerHeight * this.share),
      tall: Math.max(480, window.innerHeight * this.share * TALLER),
      type: parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL,
    });
    this.element.setAttribute("viewBox", `0 0 ${width} ${this.#plan.height.toFixed(0)}`);
    this.element.setAttribute("height", this.#plan.height.toFixed(0));
    this.#seen = "";
    this.#later();
  }

  /** Draws the ground if it has changed, and the locomotives. */
  #draw() {
    if (!this.#plan) return;
    const cameras = new Map((this.#state?.data.cameras ?? []).map((camera) => [camera.id, health(camera.health, camera.blind)]));
    const seen = [...cameras].map(([id, { level }]) => id + level).join() || "none";
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#drawGround(cameras);
    }
    const time = Date.parse(this.#state?.time ?? "");
    const items = (this.#state?.data.locomotives ?? []).filter((item) => this.#plan.tracks.has(item.track));
    const order = [...items].sort((a, b) => (a.track === b.track ? a.head.s + a.tail.s - b.head.s - b.tail.s : a.track < b.track ? -1 : 1));
    keyed(
      this.locomotives,
      order,
      (item) => item.id,
      (item) => locomotive.create(`${this.#name}-l${(plans += 1)}`, item.id, this.onOpen),
      (node, item) => locomotive.update(node, item, this.#plan, { time, selected: item.id === this.#selected, mark: this.#marks.get(item.id) }),
    );
  }

  /** Tracks, doors, walls, blind stretches and cameras. */
  #drawGround(cameras) {
    const sees = (id) => cameras.get(id)?.sees ?? !this.#state;
    const tracks = [...this.#plan.tracks.values()];
    replace(
      this.ground,
      tracks.map((place) => this.#track(place, unseen(place.track, this.facility.cameras ?? [], sees))),
      this.#cover(),
      (this.facility.cameras ?? []).filter((camera) => camera.position).map((camera) => this.#cameraSign(camera, cameras.get(camera.id))),
      this.#bar(),
    );
  }

  /** One track. */
  #track({ track, line }, hidden) {
    const { half, scale } = this.#plan;
    const bed = half + 2.5;
    const rail = scale * 0.72 >= 3 ? Math.min(scale * 0.72, half * 0.62) : 0;
    const ends = doors(this.facility, track.id);
    const rails = rail ? line.path(0, track.length, rail) + line.path(0, track.length, -rail) : line.path(0, track.length);
    const blind = hidden.map(({ from, to, cameras }) => {
      const kind = cameras.length ? "blind" : "never";
      const why = cameras.length ? `not seen now: ${cameras.join(", ")}` : "covered by no camera";
      const title = svg("title", null, `${track.id}, ${metres(from)} to ${metres(to)}: ${why}`);
      return svg("path", { class: `unseen ${kind}`, d: line.band(from, to, bed, -bed), fill: `url(#${this.#name}-${kind})` }, title);
    });
    return svg(
      "g",
      null,
      svg("path", { class: "bed", d: line.band(0, track.length, bed, -bed) }),
      svg("path", { class: "rail", d: rails }),
      this.#ticks(track, line, bed),
      blind,
      ["low", "high"].map((end) => this.#end(line, end === "low" ? 0 : track.length, bed, ends.includes(end))),
      this.#trackName(track, line),
    );
  }

  /** A mark every ten metres, and a number every twenty where there is room. */
  #ticks(track, line, bed) {
    const numbers = this.#plan.room >= 28 * this.#plan.type && !this.#plan.turned;
    const found = [];
    for (let s = 10; s < track.length - 2; s += 10) {
      const [a, b] = [line.at(s, -bed), line.at(s, -bed - (s % 50 ? 3 : 5))];
      found.push(svg("path", { class: "tick", d: `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}` }));
      if (!numbers || s % 20) continue;
      const place = line.at(s, -bed - 5 - 6 * this.#plan.type);
      found.push(svg("text", { class: "metre", x: place.x.toFixed(1), y: (place.y + 3).toFixed(1) }, String(s)));
    }
    return found;
  }

  /** A door or a wall. */
  #end(line, s, bed, door) {
    const reach = bed + (door ? 3 : 1);
    const [a, b] = [line.at(s, reach), line.at(s, -reach)];
    const d = `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
    return svg("path", { class: door ? "door" : "wall", d }, svg("title", null, door ? "door" : "wall"));
  }

  /** The name of a track, before its low end. */
  #trackName(track, line) {
    const beyond = BEYOND + (13 * this.#plan.type) / this.#plan.scale;
    const { x, y } = line.at(-beyond);
    return svg("text", { class: "track-name", x: x.toFixed(1), y: (y + 4.5).toFixed(1) }, track.id);
  }

  /** What the chosen camera covers. */
  #cover() {
    const camera = (this.facility.cameras ?? []).find(({ id }) => id === this.#camera);
    return (camera?.covers ?? []).map((cover) => {
      const place = this.#plan.tracks.get(cover.track);
      const reach = this.#plan.half + 5;
      return place && svg("path", { class: "cover", d: place.line.band(cover.from, cover.to, reach, -reach) });
    });
  }

  /** Where a camera hangs, and how it is. */
  #cameraSign(camera, state) {
    const [x, y] = this.#plan.project(camera.position);
    const chosen = camera.id === this.#camera;
    return svg(
      "g",
      { class: `camera ${state?.level ?? "off"}${chosen ? " chosen" : ""}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
      svg("title", null, `${camera.id}: ${state?.text ?? "unknown"}`),
      svg("circle", { r: 4 }),
      chosen && svg("text", { y: -8 }, camera.id),
    );
  }

  /** A bar that shows the scale. */
  #bar() {
    const { scale, width, height } = this.#plan;
    const length = [50, 20, 10, 5].find((size) => size * scale <= Math.min(160, width / 3)) ?? 5;
    const [x, y] = [width - 12, height - 8];
    const left = x - length * scale;
    return svg(
      "g",
      { class: "scale" },
      svg("path", { d: `M${left.toFixed(1)} ${y - 4}V${y}H${x}V${y - 4}` }),
      svg("text", { x: (left - 6).toFixed(1), y: y + 1 }, `${length} m`),
    );
  }

  /** Arrow keys go from one locomotive to the next. */
  #step(event) {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const here = document.activeElement;
    if (!way || !this.locomotives.contains(here)) return;
    event.preventDefault();
    const all = [...this.locomotives.querySelectorAll("[role=button]")];
    all[(all.indexOf(here) + way + all.length) % all.length].focus();
  }
}
