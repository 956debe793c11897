// SPDX-License-Identifier: MIT OR Apache-2.0
// A hall for tests: its facility file, and what two flows say of it at any time.

/** Points on an arc round (x, y), angles in degrees. */
function arc(x, y, radius, from, to) {
  return Array.from({ length: 17 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 16) * Math.PI) / 180;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)].map((value) => Number(value.toFixed(3)));
  });
}

const TRACKS = {
  T1: [[0, 0], [110, 0]],
  T2: [[0, 6.3], [110, 6.3]],
  T3: [[0, 12.6], [110, 12.6]],
  T4: [[0, 18.9], [90, 18.9]],
  T5: [...arc(22, 58.2, 33, -165, -90), [90, 25.2]],
  T6: [...arc(22, 58.2, 26.7, -165, -90), [80, 31.5]],
};
const MODELS = { S14: 14.6, N17: 16.9, D23: 23.0, H18: 18.2, T28: 27.8, E21: 20.6 };
export const HALL = "north";
/** Where one camera ends and the next begins, metres. */
const VIEW = 22;

/** Length of a polyline. */
function length(points) {
  return points.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - points[i][0], y - points[i][1]), 0);
}

/** The cameras: one for each stretch of each track, except for a gap on T4. */
function cameras() {
  const found = [];
  for (const [track, line] of Object.entries(TRACKS)) {
    const end = length(line);
    for (let from = 0; from < end - 4; from += VIEW) {
      if (track === "T4" && from === 2 * VIEW) continue;
      found.push({ id: `C${String(found.length + 1).padStart(2, "0")}`, track, from, to: Math.min(end, from + VIEW) });
    }
  }
  return found;
}

/** The facility file. */
export function facility() {
  const tracks = Object.entries(TRACKS).map(([id, line]) => `[[track]]\nid = "${id}"\nplan = ${JSON.stringify(line)}\ngates = ["low"]\n`);
  const views = cameras().map(({ id, track, from, to }) => `[[camera]]\nid = "${id}"\ncovers = [{ track = "${track}", from = ${from.toFixed(2)}, to = ${to.toFixed(2)} }]\n`);
  const models = Object.entries(MODELS).map(([name, metres]) => `[[model]]\nname = "${name}"\nlength = ${metres.toFixed(1)}\n`);
  return [`facility = "${HALL}"\ntimezone = "Europe/Berlin"\n`, ...tracks, ...views, ...models].join("\n");
}

/**
 * What happens, in seconds from the begin of the story. `from` and `to` are when it stands at `low`; before, it comes in through the door (`arrives`)
 * or from `before`, afterwards it leaves if it does not move on. `doubt` is what makes it uncertain, `only` the flow that sees it.
 */
export const STORY = [
  { id: "L1", number: "10370211", model: "S14", track: "T1", low: 8, from: -9e9, to: 9e9 },
  { id: "L2", number: "15420714", model: "N17", track: "T1", low: 46, up: true, from: -9e9, to: 9e9 },
  { id: "L3", number: "15110463", model: "D23", track: "T2", low: 20, up: true, arrives: true, from: 120, to: 400 },
  { id: "L3", number: "15110463", model: "D23", track: "T2", low: 52, up: true, before: 20, from: 440, to: 700, leaves: true },
  { id: "L4", number: "12440392", model: "T28", track: "T5", low: 14, from: -9e9, to: 9e9 },
  { id: "L5", number: "11205531", model: "H18", track: "T3", low: 28, from: -9e9, to: 9e9, doubt: "unseen" },
  { id: "L6", number: null, model: "E21", track: "T6", low: 52, up: true, from: -9e9, to: 9e9, doubt: "head" },
  { id: "L7", number: "10371052", model: "S14", track: "T4", low: 12, from: 200, to: 320, only: "prod" },
  { id: "L8", number: null, model: "S14", track: "T2", low: 88, from: 500, to: 9e9, doubt: "tentative" },
  { id: "L9", number: "<script>window.hacked=1</script>", model: "N17", track: "T3", low: 70, from: -9e9, to: 9e9 },
];
/** How long coming in, moving and leaving take, seconds. */
const MOVING = 40;

/** A plan for a story that began at `begin`: one is in its place, one on the wrong track, one missing, and one comes later. */
export function plan(begin) {
  const [from, until, later] = [begin - 3600000, begin + 86400000, begin + 72000000].map(text);
  return `number,track,from,until,model\n10370211,T1,${from},${until},S14\n12440392,T6,${from},${until},\n11205499,T5,${from},,\n15110463,T2,${later},,D23\n`;
}

/** Where a locomotive of the story is at a time: its low end and whether it moves; nothing while it is not there. */
function place(leg, at) {
  const size = MODELS[leg.model];
  const outside = -size - 1;
  if (at >= leg.from && at <= leg.to) return { low: leg.low, speed: 0 };
  const start = leg.arrives ? outside : leg.before;
  if (start !== undefined && at > leg.from - MOVING && at < leg.from) {
    const speed = (leg.low - start) / MOVING;
    return { low: leg.low - speed * (leg.from - at), speed };
  }
  if (leg.leaves && at > leg.to && at < leg.to + MOVING) {
    const speed = (outside - leg.low) / MOVING;
    return { low: leg.low + speed * (at - leg.to), speed };
  }
  return null;
}

/** RFC 3339 of milliseconds. */
export function text(time) {
  return new Date(time).toISOString().replace(/\.?0*Z$/, "Z");
}

/** Rounds to millimetres. */
function metres(value) {
  return Number(value.toFixed(3));
}

/** A locomotive as a state tells of it. */
function locomotive(leg, { low, speed }, time, flow) {
  const size = MODELS[leg.model];
  const ends = [low, low + size].map(metres);
  const sigma = { unseen: 1.7, tentative: 0.8 }[leg.doubt] ?? 0.14;
  const [tail, head] = leg.up ? ends : [ends[1], ends[0]];
  const seen = leg.doubt === "unseen" ? [] : cameras().filter((camera) => camera.track === leg.track && camera.from < ends[1] && camera.to > ends[0]).map(({ id }) => id);
  return {
    id: flow === "prod" ? leg.id : leg.id.replace("L", "D"),
    track: leg.track,
    head: { s: head, sigma },
    tail: { s: tail, sigma: leg.doubt === "unseen" ? 2.6 : sigma },
    orientation_confidence: leg.doubt === "head" ? 0.58 : 0.97,
    velocity: metres(speed),
    moving: speed !== 0,
    confidence: { unseen: 0.81, tentative: 0.42 }[leg.doubt] ?? 0.985,
    status: { unseen: "coasting", tentative: "tentative" }[leg.doubt] ?? "confirmed",
    model: leg.doubt === "tentative" ? null : { name: leg.model, p: 0.92 },
    plate: leg.number ? { text: leg.number, p: 0.97 } : null,
    last_seen: text(leg.doubt === "unseen" ? time - 190000 : time),
    seen_by: seen,
  };
}

/** How a camera is. */
function camera({ id }) {
  return { id, health: { C03: "offline", C12: "frozen" }[id] ?? "online", blind: id === "C08" ? 0.93 : 0.03 };
}

/** The state of a flow at `time` (milliseconds) of a story that began at `begin`; `number` counts the states. */
export function state(flow, time, begin, number, story = STORY) {
  const at = (time - begin) / 1000;
  const found = story
    .filter((leg) => !leg.only || leg.only === flow)
    .map((leg) => [leg, place(leg, at)])
    .filter(([, where]) => where)
    .map(([leg, where]) => locomotive(leg, where, time, flow));
  return {
    specversion: "1.0",
    type: "com.roundhouse.facility-state.v1",
    source: `/${HALL}/fsefuse/${flow}`,
    id: `${Math.floor(begin / 1000)}-${number}`,
    time: text(time),
    flow,
    data: {
      state: number,
      count: found.filter(({ status }) => status !== "tentative").length,
      inputs: ["prod"],
      locomotives: found,
      cameras: cameras().map(camera),
    },
  };
}

/** All states of a flow between two times of a story, one every `step` seconds. */
export function states(flow, from, to, begin, step = 1) {
  const found = [];
  for (let time = from; time <= to; time += step * 1000) found.push(state(flow, time, begin, Math.round((time - begin) / 1000) + 1));
  return found;
}
