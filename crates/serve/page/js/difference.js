// SPDX-License-Identifier: MIT OR Apache-2.0
// Where two flows say different things about one hall at one time.

import { span } from "./coverage.js";
import { called, metres } from "./words.js";

/** Ends that differ less are the same place, metres. */
const NEAR = 1;
/** Locomotives whose middles are further apart are not the same one, metres. */
const FAR = 6;

/** Locomotives that count. */
function counted(state) {
  return (state?.data.locomotives ?? []).filter((locomotive) => locomotive.status !== "tentative");
}

/** Pairs of what is taken for the same locomotive, nearest first: `[a, b]`, with `undefined` where one has no partner. */
function pairs(first, second) {
  const middle = (locomotive) => (locomotive.head.s + locomotive.tail.s) / 2;
  const candidates = [];
  for (const a of first) {
    for (const b of second) {
      const distance = Math.abs(middle(a) - middle(b));
      if (a.track === b.track && distance < FAR) candidates.push({ a, b, distance });
    }
  }
  candidates.sort((x, y) => x.distance - y.distance);
  const taken = new Set();
  const found = [];
  for (const { a, b } of candidates) {
    if (taken.has(a) || taken.has(b)) continue;
    taken.add(a).add(b);
    found.push([a, b]);
  }
  for (const a of first) if (!taken.has(a)) found.push([a, undefined]);
  for (const b of second) if (!taken.has(b)) found.push([undefined, b]);
  return found;
}

/** What differs between two that are taken for the same, in words; empty if nothing. */
function between(a, b) {
  const found = [];
  const [[lowA, highA], [lowB, highB]] = [span(a), span(b)];
  const off = Math.max(Math.abs(lowA - lowB), Math.abs(highA - highB));
  // Flows do not speak at the same instant, so what moves is in two places.
  if (off > NEAR && !a.moving && !b.moving) found.push(`${metres(off)} apart`);
  const turned = a.head.s > a.tail.s !== b.head.s > b.tail.s;
  if (turned) found.push("head and tail exchanged");
  if (a.plate && b.plate && a.plate.text !== b.plate.text) found.push("other number");
  else if (!a.plate !== !b.plate) found.push("number read by one");
  if (a.model && b.model && a.model.name !== b.model.name) found.push("other model");
  return found;
}

/**
 * What differs between states of two flows: `{ list, marks: [first, second] }`. The list holds `{ track, what, a, b }`, the marks map ids of
 * locomotives to words.
 */
export function differences(first, second, names) {
  const list = [];
  const marks = [new Map(), new Map()];
  for (const [a, b] of pairs(counted(first), counted(second))) {
    const what = a && b ? between(a, b) : [`only in ${a ? names[0] : names[1]}`];
    if (!what.length) continue;
    list.push({ track: (a ?? b).track, what: what.join(", "), a: a && placed(a), b: b && placed(b) });
    if (a) marks[0].set(a.id, what.join(", "));
    if (b) marks[1].set(b.id, what.join(", "));
  }
  list.sort((x, y) => (x.track < y.track ? -1 : 1));
  return { list, marks };
}

/** '10370211 at 6.0 to 20.6 m'. */
function placed(locomotive) {
  const [low, high] = span(locomotive);
  return `${called(locomotive)} at ${low.toFixed(1)} to ${metres(high)}`;
}
