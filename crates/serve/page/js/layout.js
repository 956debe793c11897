// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the tracks lie on the screen: to scale, turned by 90 degrees on narrow screens.

import { Line } from "./line.js";

/** What is drawn of a track beyond its ends, metres: a locomotive that stands in a door is cut off there. */
export const BEYOND = 2.5;
/** A locomotive is this wide, metres. */
const WIDE = 3.1;
/** Distance of tracks whose plan is not known, metres. */
const PITCH = 7;
/** Space around the plan for the names of tracks, pixels. */
const MARGIN = 34;
/** A narrow screen turns a plan that is longer than wide, pixels. */
const NARROW = 640;
/** Most pixels per metre. */
const LARGEST = 24;

/** The tracks with a line each; those without a plan are laid below each other. */
function drawn(tracks) {
  const low = Math.min(0, ...tracks.flatMap((track) => (track.line ?? []).map((point) => point[1])));
  let unknown = 0;
  return tracks.map((track) => {
    if (track.line?.length >= 2) return { track, line: track.line };
    unknown += 1;
    const y = low - unknown * PITCH;
    return { track, line: [[0, y], [track.length, y]] };
  });
}

/** The smallest distance between two tracks, metres; places are compared every few metres. */
function pitch(lines) {
  let least = Infinity;
  const samples = lines.map(({ line }) => {
    const track = new Line(line, 1);
    const number = Math.min(60, Math.ceil(track.length / 4));
    return Array.from({ length: number + 1 }, (_, i) => track.at((track.length * i) / number));
  });
  for (let i = 0; i < samples.length; i++) {
    for (let j = i + 1; j < samples.length; j++) {
      for (const a of samples[i]) for (const b of samples[j]) least = Math.min(least, Math.hypot(a.x - b.x, a.y - b.y));
    }
  }
  // Tracks that meet in a switch would leave no room at all.
  return Number.isFinite(least) ? Math.max(least, 3.5) : PITCH;
}

/** The corners of all lines with what lies beyond their ends. */
function bounds(lines) {
  const points = lines.flatMap(({ line }) => {
    const track = new Line(line, 1);
    const beyond = [track.at(-BEYOND), track.at(track.length + BEYOND)];
    return [...line, ...beyond.map(({ x, y }) => [x, y])];
  });
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  return { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys) };
}

/**
 * Lays a hall out in `width` pixels, at most `height` high (a turned one: `tall`): `{ width, height, scale, turned, tracks, half, room, type, project }`.
 * `tracks` maps ids to `{ track, line }`, `half` is half the width of a locomotive, `room` what is free beside it, all in pixels; `type` is
 * how much larger than usual letters are.
 */
export function layout(facility, width, { height, tall, type }) {
  const lines = drawn(facility.tracks);
  const box = bounds(lines);
  const margin = width < NARROW ? 26 : MARGIN * type;
  const [long, wide] = [box.right - box.left, Math.max(box.top - box.bottom, 0)];
  const turned = width < NARROW && long > wide * 1.3;
  const across = WIDE + 4;
  const [w, h] = turned ? [wide + across, long] : [long, wide + across];
  const scale = Math.min(LARGEST, (width - 2 * margin) / w, Math.max(120, (turned ? tall : height) - 2 * margin) / h);
  const spare = Math.max(0, (width - 2 * margin - w * scale) / 2);
  const project = turned
    ? ([x, y]) => [margin + spare + (y - box.bottom + across / 2) * scale, margin + (x - box.left) * scale]
    : ([x, y]) => [margin + spare + (x - box.left) * scale, margin + (box.top + across / 2 - y) * scale];
  const between = lines.length > 1 ? pitch(lines) * scale : PITCH * scale;
  const half = Math.max(4, Math.min(Math.max((WIDE / 2) * scale, 7), (between - 3) / 2, 26 * type));
  const tracks = new Map(lines.map(({ track, line }) => [track.id, { track, line: scaled(track, line, project, scale) }]));
  return {
    width,
    height: h * scale + 2 * margin,
    scale,
    turned,
    tracks,
    half,
    room: between - 2 * half,
    type,
    project,
  };
}

/** A track's line on the screen. If its stated length differs from its drawing's, places are stretched a little. */
function scaled(track, line, project, scale) {
  const points = line.map(project);
  const onScreen = new Line(points, scale);
  return track.length > 0 ? new Line(points, (scale * onScreen.length) / track.length) : onScreen;
}
