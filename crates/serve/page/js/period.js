// SPDX-License-Identifier: MIT OR Apache-2.0
// Fields for days, in the hall's time zone.

import { now } from "./api.js";
import { addDays, day, isDay, startOfDay } from "./days.js";
import { html } from "./dom.js";

/** First and last day out of an address; else the last `days` days until the time that the address is at, or until today. */
export function period(parameters, zone, days = 1) {
  const at = Date.parse(parameters.at);
  const until = isDay(parameters.until) ? parameters.until : day(Number.isFinite(at) ? at : now(), zone);
  const since = isDay(parameters.since) ? parameters.since : addDays(until, 1 - days);
  return since <= until ? { since, until } : { since: until, until: since };
}

/** When those days begin and end. */
export function instants({ since, until }, zone) {
  return { from: new Date(startOfDay(since, zone)), to: new Date(startOfDay(addDays(until, 1), zone)) };
}

/** Fields for a first and a last day with short cuts. `onChange({ since, until })`. */
export function fields(chosen, zone, onChange) {
  const today = day(now(), zone);
  const input = (name, label, value) => {
    const field = html("input", { type: "date", name, value, max: today, required: true });
    field.addEventListener("change", () => {
      if (!isDay(field.value)) return;
      const next = { ...chosen, [name]: field.value };
      if (next.since > next.until) next[name === "since" ? "until" : "since"] = field.value;
      onChange(next);
    });
    return html("label", null, html("span", null, label), field);
  };
  const cut = (text, since, until = today) => {
    const pressed = chosen.since === since && chosen.until === until;
    return html("button", { type: "button", "aria-pressed": String(pressed), onclick: () => onChange({ since, until }) }, text);
  };
  const yesterday = addDays(today, -1);
  return html(
    "div",
    { class: "period" },
    input("since", "From", chosen.since),
    input("until", "to", chosen.until),
    html("div", { class: "choices", role: "group", "aria-label": "Periods" }, cut("Today", today), cut("Yesterday", yesterday, yesterday), cut("7 days", addDays(today, -6)), cut("30 days", addDays(today, -29))),
  );
}
