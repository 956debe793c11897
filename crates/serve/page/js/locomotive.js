// SPDX-License-Identifier: MIT OR Apache-2.0
// One locomotive on the plan: a body between tail and head whose ends are as soft as its place is uncertain.

import { FAMILY, fitting, setAttribute, setText, svg } from "./dom.js";
import { span } from "./coverage.js";
import { BEYOND } from "./layout.js";
import { open } from "./line.js";
import { briefly, called, duration, metres, percent } from "./words.js";

/** Length of the nose, metres. */
const NOSE = 1.9;
/** Not seen for this long is said, seconds. */
const UNSEEN = 30;
/** Below this probability the head is drawn as a guess. */
const HEAD_SURE = 0.75;

/** Size of numbers, by the width of a body. */
function numberSize({ half, type }) {
  return Math.max(10, Math.min(15 * type, half * 0.95));
}

/** Makes the empty drawing; `name` is unique on the page, `onOpen(id)` is called by a click or Enter. */
export function create(name, id, onOpen) {
  const stops = [0, 1, 1, 0].map((opacity) => svg("stop", { "stop-opacity": opacity }));
  const gradient = svg("linearGradient", { id: name, gradientUnits: "userSpaceOnUse" }, stops);
  const parts = {
    gradient,
    stops,
    ring: svg("path", { class: "ring" }),
    body: svg("path", { class: "body", fill: `url(#${name})` }),
    sides: svg("path", { class: "sides", stroke: `url(#${name})` }),
    nose: svg("path", { class: "nose" }),
    number: svg("text", { class: "number" }),
    model: svg("text", { class: "model" }),
    note: svg("text", { class: "note" }),
  };
  parts.button = svg("g", { class: "button", tabindex: 0, role: "button" }, parts.ring, parts.body, parts.sides, parts.nose);
  parts.button.addEventListener("click", () => onOpen(id));
  parts.button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onOpen(id);
  });
  // What is written on it is often shortened; the button's label says all of it.
  const texts = svg("g", { "aria-hidden": "true" }, parts.number, parts.model, parts.note);
  const group = svg("g", { class: "loco", "data-id": id }, svg("defs", null, gradient), parts.button, texts);
  group.parts = parts;
  return group;
}

/** What is remarkable about a locomotive, each in a long and a short form. `time` is that of the state. */
export function remarks(locomotive, time) {
  const found = [];
  const unseen = (time - Date.parse(locomotive.last_seen)) / 1000;
  if (locomotive.status === "coasting" || unseen > UNSEEN) found.push([`not seen for ${duration(unseen)}`, `unseen ${briefly(unseen)}`]);
  if (locomotive.status === "tentative") found.push([`tentative, ${percent(locomotive.confidence)}`, "tentative"]);
  if (locomotive.plate?.contested_by?.length) found.push([`number also claimed by ${locomotive.plate.contested_by.join(", ")}`, "number twice"]);
  if (locomotive.orientation_confidence < HEAD_SURE) found.push([`head ${percent(locomotive.orientation_confidence)} sure`, "head?"]);
  if (locomotive.moving) found.push([`moving, ${Math.abs(locomotive.velocity).toFixed(1)} m/s`, `${Math.abs(locomotive.velocity).toFixed(1)} m/s`]);
  return found;
}

/** A locomotive in one sentence, for those who hear the page. */
export function spoken(locomotive, time) {
  const [low, high] = span(locomotive);
  const model = locomotive.model ? `, ${locomotive.model.name}` : "";
  const notes = remarks(locomotive, time).map(([long]) => `, ${long}`);
  const place = `on ${locomotive.track} from ${metres(low)} to ${metres(high)}, head at ${metres(locomotive.head.s)}`;
  return `${called(locomotive)}${model} ${place}, ${percent(locomotive.confidence)} sure to be there${notes.join("")}`;
}

/** Draws a locomotive. `mark` is what differs from another flow, if anything. */
export function update(group, locomotive, plan, { time, selected, mark }) {
  const place = plan.tracks.get(locomotive.track);
  setAttribute(group, "visibility", place ? null : "hidden");
  if (!place) return;
  const classes = ["loco", locomotive.status];
  if (locomotive.moving) classes.push("moving");
  if (selected) classes.push("selected");
  if (mark) classes.push("differs");
  setAttribute(group, "class", classes.join(" "));
  setAttribute(group.parts.button, "aria-label", spoken(locomotive, time) + (mark ? `, ${mark}` : ""));
  const shape = outline(locomotive, place);
  drawBody(group.parts, locomotive, place.line, shape, plan.half);
  drawText(group.parts, locomotive, place.line, shape, plan, { time, mark });
}

/** Where body, soft ends and head lie, metres; cut off beyond the ends of the track. */
function outline(locomotive, { track }) {
  const [low, high] = span(locomotive);
  const up = locomotive.head.s >= locomotive.tail.s;
  const [lowSigma, highSigma] = up ? [locomotive.tail.sigma, locomotive.head.sigma] : [locomotive.head.sigma, locomotive.tail.sigma];
  const middle = (low + high) / 2;
  const soft = (sigma) => Math.min(2 * sigma, (high - low) * 0.45);
  const cut = (s) => Math.max(-BEYOND, Math.min(track.length + BEYOND, s));
  return {
    up,
    low: cut(low),
    high: cut(high),
    fade: [low - soft(lowSigma), Math.min(middle, low + soft(lowSigma)), Math.max(middle, high - soft(highSigma)), high + soft(highSigma)],
    outer: [cut(low - soft(lowSigma)), cut(high + soft(highSigma))],
    headInside: Math.abs(cut(locomotive.head.s) - locomotive.head.s) < 0.01,
  };
}

/** Body, sides, nose and the ring of focus. */
function drawBody(parts, locomotive, line, shape, half) {
  const [from, to] = shape.outer;
  const tapers = shape.headInside && to - from > 2 * NOSE;
  const shoulder = shape.up ? to - NOSE : from + NOSE;
  const sides = [half, -half].map((across) => {
    if (!tapers) return line.slice(from, to, across);
    const straight = shape.up ? line.slice(from, shoulder, across) : line.slice(shoulder, to, across);
    const tip = line.at(shape.up ? to : from, across * 0.5);
    return shape.up ? [...straight, [tip.x, tip.y]] : [[tip.x, tip.y], ...straight];
  });
  parts.body.setAttribute("d", `${open(sides[0])}L${open([...sides[1]].reverse()).slice(1)}Z`);
  parts.sides.setAttribute("d", sides.map(open).join(""));
  parts.ring.setAttribute("d", line.band(from - 0.3, to + 0.3, half + 3.5, -half - 3.5));
  const [a, b] = [line.at(shape.fade[0]), line.at(shape.fade[3])];
  const length = Math.max(1e-6, shape.fade[3] - shape.fade[0]);
  for (const [name, value] of Object.entries({ x1: a.x, y1: a.y, x2: b.x, y2: b.y })) parts.gradient.setAttribute(name, value.toFixed(1));
  shape.fade.forEach((s, i) => parts.stops[i].setAttribute("offset", ((s - shape.fade[0]) / length).toFixed(4)));
  drawNose(parts.nose, locomotive, line, half, tapers);
}

/** The nose at the head; a guess is drawn as an outline. */
function drawNose(nose, locomotive, line, half, tapers) {
  setAttribute(nose, "visibility", tapers ? null : "hidden");
  if (!tapers) return;
  const back = locomotive.head.s >= locomotive.tail.s ? -1 : 1;
  const [tip, base] = [locomotive.head.s, locomotive.head.s + back * NOSE];
  const corners = [[base, half - 1], [tip, half * 0.55], [tip, -half * 0.55], [base, 1 - half]].map(([s, across]) => line.at(s, across));
  nose.setAttribute("d", `${open(corners.map(({ x, y }) => [x, y]))}Z`);
  setAttribute(nose, "class", locomotive.orientation_confidence < HEAD_SURE ? "nose guess" : "nose");
}

/** Puts a text along the line, upright for the reader. */
function write(element, text, line, s, across, size) {
  setText(element, text);
  setAttribute(element, "visibility", text ? null : "hidden");
  if (!text) return;
  const { x, y, angle } = line.at(s);
  let degrees = (angle * 180) / Math.PI;
  if (degrees > 90.5 || degrees < -89.5) degrees += 180;
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${degrees.toFixed(1)})`);
  element.setAttribute("y", (across + size * 0.36).toFixed(1));
  element.setAttribute("font-size", size.toFixed(1));
}

/** How long a straight text may be on a body that is bent, if it may come so near to its sides. */
function straight(line, { low, high }, whole, spare) {
  const bend = Math.abs(line.at(high).angle - line.at(low).angle);
  return bend < 0.02 ? Infinity : Math.sqrt((8 * whole * Math.max(1, spare)) / bend);
}

/** Number, model and remarks, as far as they fit. */
function drawText(parts, locomotive, line, shape, plan, { time, mark }) {
  const size = numberSize(plan);
  const middle = (shape.low + shape.high) / 2;
  const whole = (shape.high - shape.low) * plan.scale;
  const nose = shape.headInside ? NOSE : 0;
  const inside = middle - (shape.up ? nose : -nose) / 2;
  const width = Math.min(whole - nose * plan.scale - 8, straight(line, shape, whole, plan.half - size * 0.45));
  const font = (pixels, weight) => `${weight} ${pixels}px ${FAMILY}`;
  const name = locomotive.plate?.text ?? (locomotive.model ? locomotive.model.name : locomotive.id);
  const model = locomotive.plate && locomotive.model ? locomotive.model.name : "";
  const twoLines = model && plan.half * 2 > size * 2.4;
  const doubt = locomotive.plate && locomotive.plate.p < 0.8 ? "?" : "";
  const names = [name + doubt, `…${name.slice(-4)}`, name.slice(-4)];
  if (model && !twoLines) names.unshift(`${name}${doubt}  ${model}`);
  write(parts.number, fitting(names, font(size, 600), width), line, inside, twoLines ? -size * 0.55 : 0, size);
  write(parts.model, twoLines ? fitting([model], font(size * 0.85, 400), width) : "", line, inside, size * 0.62, size * 0.85);
  const notes = remarks(locomotive, time);
  if (mark) notes.unshift([mark, "differs"]);
  const small = 10.5 * plan.type;
  const joined = [notes.map(([long]) => long).join(", "), notes.map(([, short]) => short).join(", "), ...notes.map(([, short]) => short)];
  const note = plan.room >= small + 2 ? fitting(joined, font(small, 500), whole + 6) : "";
  write(parts.note, note, line, middle, -plan.half - Math.min(plan.room / 2, small * 0.5 + 5), small);
}
