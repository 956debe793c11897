// SPDX-License-Identifier: MIT OR Apache-2.0
// Times and days in the hall's time zone. A day is 'YYYY-MM-DD'; where clocks are changed it has 23 or 25 hours.

const formats = new Map();

/** A format, made once. */
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options }));
  return formats.get(key);
}

/** Milliseconds of an RFC 3339 time, a `Date` or milliseconds. */
export function instant(time) {
  return typeof time === "number" ? time : time instanceof Date ? time.getTime() : Date.parse(time);
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const MINUTE = { hour: "2-digit", minute: "2-digit" };
const DATE = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
const SHORT_DATE = { day: "numeric", month: "short" };

/** '10:31:05'. */
export function clock(time, zone) {
  return format(zone, CLOCK).format(instant(time));
}

/** '10:31'. */
export function minute(time, zone) {
  return format(zone, MINUTE).format(instant(time));
}

/** 'Sun, 1 Mar 2026'. */
export function date(time, zone) {
  return format(zone, DATE).format(instant(time));
}

/** '1 Mar 10:31'. */
export function dayMinute(time, zone) {
  return `${format(zone, SHORT_DATE).format(instant(time))} ${minute(time, zone)}`;
}

/** '1 Mar 10:31:05'. */
export function dayClock(time, zone) {
  return `${format(zone, SHORT_DATE).format(instant(time))} ${clock(time, zone)}`;
}

/** '10:31' of today, '1 Mar 10:31' of any other day. */
export function lately(time, zone, today) {
  return day(time, zone) === day(today, zone) ? minute(time, zone) : dayMinute(time, zone);
}

/** The day of a time. */
export function day(time, zone) {
  const parts = {};
  for (const part of format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(instant(time))) parts[part.type] = part.value;
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** What a zone's clock is ahead of UTC at a time, milliseconds. */
function offset(time, zone) {
  const parts = {};
  const options = { year: "numeric", month: "numeric", day: "numeric", ...CLOCK };
  for (const part of format(zone, options).formatToParts(time)) parts[part.type] = Number(part.value);
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return local - Math.floor(time / 1000) * 1000;
}

/** The first millisecond of a day. */
export function startOfDay(name, zone) {
  const midnight = Date.parse(`${name}T00:00:00Z`);
  const guess = midnight - offset(midnight, zone);
  return midnight - offset(guess, zone);
}

/** The day that is so many days later. */
export function addDays(name, days) {
  return new Date(Date.parse(`${name}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);
}

/** Whether a text is a day. */
export function isDay(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && Number.isFinite(Date.parse(`${text}T00:00:00Z`));
}

const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** Marks for a time axis, at most so many: round times of the zone, as milliseconds. */
export function marks(from, to, zone, most) {
  const step = (STEPS.find((seconds) => (to - from) / 1000 / seconds <= most) ?? 7 * 86400) * 1000;
  const start = startOfDay(day(from, zone), zone);
  const times = [];
  for (let time = start + Math.ceil((from - start) / step) * step; time <= to; time += step) times.push(time);
  return { times, step };
}
