// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers, probabilities, durations and states of things in words.

const SURE = [
  [0.99, "practically certain"],
  [0.95, "almost certain"],
  [0.85, "very likely"],
  [0.65, "likely"],
  [0.5, "more likely than not"],
  [0.3, "unlikely"],
  [0, "very unlikely"],
];

/** A probability in words. */
export function sure(p) {
  return SURE.find(([least]) => p >= least)?.[1] ?? "very unlikely";
}

/** A probability as per cent; never 100 % or 0 %, which nobody knows. */
export function percent(p) {
  if (p > 0.99) return "> 99 %";
  if (p < 0.01) return "< 1 %";
  return `${Math.round(p * 100)} %`;
}

/** Metres with one decimal. */
export function metres(value) {
  const text = value.toFixed(1);
  return `${text === "-0.0" ? "0.0" : text} m`;
}

/** A stretch of a track, in whole metres. */
export function stretch({ from, to }) {
  return `${from.toFixed(0)}–${to.toFixed(0)} m`;
}

/** A duration in its two largest units. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10 && whole % 60) return `${minutes} min ${whole % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** A duration in its largest unit, for narrow places. */
export function briefly(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86400)} d`;
}

/** 'one locomotive', '3 locomotives'. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** What a health of a camera means, how grave it is, and whether the camera sees. */
const HEALTH = {
  online: { text: "sees", level: "good" },
  connecting: { text: "connecting", level: "warn" },
  stalled: { text: "no fresh pictures", level: "bad" },
  frozen: { text: "picture frozen", level: "bad" },
  blind: { text: "sees nothing", level: "bad" },
  moved: { text: "was moved", level: "bad" },
  offline: { text: "not connected", level: "bad" },
  disabled: { text: "switched off", level: "off" },
  unknown: { text: "unknown", level: "off" },
};

/** A camera's health in words: `{ text, level, sees }`. `blind` is the probability that its pictures show nothing. */
export function health(status, blind = 0) {
  const known = HEALTH[status] ?? { text: String(status), level: "warn" };
  if (status === "online" && blind > 0.5) return { ...HEALTH.blind, sees: false };
  return { ...known, sees: status === "online" };
}

/** How an entry of a plan stands, in words and by gravity. */
const STANDING = {
  later: { text: "later", level: "off" },
  over: { text: "over", level: "off" },
  "as-planned": { text: "as planned", level: "good" },
  "wrong-track": { text: "on the wrong track", level: "bad" },
  missing: { text: "missing", level: "bad" },
};

/** How an entry of a plan stands: `{ text, level }`. */
export function standing(word) {
  return STANDING[word] ?? { text: String(word), level: "warn" };
}

/** What a locomotive is called: its number, else the name that the fusion gave it. */
export function called(locomotive) {
  return locomotive.plate?.text ?? locomotive.number ?? locomotive.id ?? locomotive.locomotive;
}

/** The first letter large. */
export function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : "";
}
