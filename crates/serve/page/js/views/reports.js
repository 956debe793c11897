// SPDX-License-Identifier: MIT OR Apache-2.0
// Reports of some days: on the screen, as CSV and JSON, and on paper.

import { address, ask, failure, now } from "../api.js";
import { date, dayClock, dayMinute } from "../days.js";
import { html, replace, svg } from "../dom.js";
import { fields, instants, period } from "../period.js";
import { link, note } from "../route.js";
import { count, duration } from "../words.js";

export const title = "Reports";

const KINDS = [
  ["occupancy", "Occupancy", "How much of each track was occupied, hour by hour"],
  ["dwell", "Dwell", "How long locomotives stayed"],
  ["moves", "Moves", "Arrivals, departures and moves"],
  ["turnaround", "Turnaround", "From arrival to departure, by model"],
  ["unidentified", "Unidentified", "Locomotives without a number, and how many numbers were read"],
  ["cameras", "Cameras", "How long each camera saw, and how long it did not"],
  ["completeness", "Completeness", "How much of the time is in the store"],
  ["flows", "Flows", "What two flows said differently"],
];
/** Rows shown at first; thousands would make a slow page. */
const FIRST = 300;

/** Shows the page. */
export function show(root, app, parameters) {
  const { hall } = app;
  const zone = hall.timezone;
  let kind = KINDS.some(([name]) => name === parameters.report) ? parameters.report : "occupancy";
  let chosen = period(parameters, zone);
  let loads = 0;
  const list = html("nav", { class: "kinds", "aria-label": "Reports" });
  const range = html("div");
  const content = html("div", { class: "report", "aria-live": "polite" });
  root.append(html("div", { class: "with-kinds" }, list, html("section", { class: "sheet", "aria-label": "Report" }, range, content)));

  /** Shows the chosen report of the chosen days. */
  async function load() {
    replace(list, KINDS.map(([name, text, what]) => html("a", { href: link("reports", { report: name, ...chosen }), "aria-current": name === kind ? "page" : null }, html("b", null, text), html("span", null, what))));
    replace(range, fields(chosen, zone, (days) => {
      chosen = days;
      note(chosen);
      load();
    }));
    const turn = (loads += 1);
    const question = { facility: hall.facility, flow: app.flow, ...instants(chosen, zone) };
    const path = `/api/reports/${kind}`;
    try {
      const report = await ask(path, { ...question, format: "json" });
      if (turn !== loads) return;
      replace(content, head(report, path, question, zone), kind === "occupancy" && heat(report), body(report, zone));
    } catch (error) {
      if (turn === loads) replace(content, html("p", { class: "failure" }, failure(error)));
    }
  }

  load();
  return {
    state() {},
    address(next) {
      if (KINDS.some(([name]) => name === next.report)) kind = next.report;
      chosen = period(next, zone);
      load();
    },
    close() {
      loads += 1;
    },
  };
}

/** Title, what it covers, and ways to take it away. */
function head(report, path, question, zone) {
  const last = Math.max(Date.parse(report.from), Date.parse(report.to) - 1);
  const days = date(report.from, zone) === date(last, zone) ? date(last, zone) : `${date(report.from, zone)} to ${date(last, zone)}`;
  const complete = report.complete_until ? Math.min(Date.parse(report.complete_until), Date.parse(report.to)) : null;
  const whole = complete !== null && complete >= Math.min(Date.parse(report.to), now());
  const file = (format) => html("a", { class: "button", href: address(path, { ...question, format }), download: `${path.split("/").at(-1)}-${question.from.toISOString().slice(0, 10)}.${format}` }, format.toUpperCase());
  return html(
    "header",
    { class: "bar" },
    html("div", null, html("h2", null, report.title), html("p", { class: "sub" }, `${days} · ${zone} · flow ${question.flow} · ${complete === null || whole ? "complete" : `complete until ${dayMinute(complete, zone)}`} · ${count(report.rows.length, "row")}`)),
    html("div", { class: "bar-group no-print" }, file("csv"), file("json"), html("button", { type: "button", onclick: () => window.print() }, "Print")),
  );
}

/** Occupancy as a picture: a row for each track, a field for each hour or day, the darker the fuller. */
function heat(report) {
  const parts = [...new Set(report.rows.map((row) => row.part))];
  const tracks = [...new Set(report.rows.map((row) => row.track))];
  if (!parts.length) return null;
  const share = new Map(report.rows.map((row) => [`${row.track} ${row.part}`, row.occupied]));
  const field = (track, name) => {
    const value = share.get(`${track} ${name}`);
    const text = typeof value === "number" ? `${Math.round(value)} %` : "not known";
    return svg("svg", { class: "field", viewBox: "0 0 10 10", preserveAspectRatio: "none", role: "img", "aria-label": text }, svg("title", null, `${track}, ${part(name)}: ${text}`), svg("rect", { class: "lane", width: 10, height: 10 }), typeof value === "number" && svg("rect", { class: "part", width: 10, height: 10, "fill-opacity": (value / 100).toFixed(2) }));
  };
  const every = Math.ceil(parts.length / (window.innerWidth < 640 ? 5 : 12));
  const short = (name) => part(name).split(" ").at(name.includes("T") ? -1 : 1);
  const head = html("tr", null, html("td"), parts.map((name, i) => (i % every ? null : html("th", { scope: "col", colspan: Math.min(every, parts.length - i) }, short(name)))));
  const rows = tracks.map((track) => html("tr", null, html("th", { scope: "row" }, track), parts.map((name) => html("td", null, field(track, name)))));
  return html("table", { class: "heat" }, html("caption", { class: "unseen-text" }, "Occupancy by track and time"), html("thead", null, head), html("tbody", null, rows));
}

/** The table. */
function body(report, zone) {
  if (!report.rows.length) return html("p", { class: "nothing" }, "There is nothing to report of these days.");
  const numeric = new Set(report.columns.filter((column) => report.rows.every((row) => row[column.key] === null || row[column.key] === undefined || typeof row[column.key] === "number")).map(({ key }) => key));
  const title = (column) => (column.unit && !["s", "h"].includes(column.unit) ? `${column.title}, ${column.unit}` : column.title);
  const head = report.columns.map((column) => html("th", { scope: "col", class: numeric.has(column.key) ? "number" : null }, title(column)));
  const rows = (list) => list.map((row) => html("tr", null, report.columns.map((column) => html("td", { class: numeric.has(column.key) ? "number" : "figure" }, cell(row[column.key], column, zone)))));
  const table = html("tbody", null, rows(report.rows.slice(0, FIRST)));
  const rest = report.rows.length - FIRST;
  const more = rest > 0 && html("button", { type: "button", class: "no-print", onclick: (event) => {
    table.append(...rows(report.rows.slice(FIRST)));
    event.currentTarget.remove();
  } }, `Show ${rest} more`);
  return html("div", { class: "table", tabindex: 0, role: "region", "aria-label": report.title }, html("table", null, html("thead", null, html("tr", null, head)), table), more);
}

/** A value as people read it. */
function cell(value, column, zone) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value)) return value.endsWith(":00Z") || value.endsWith(":00.000Z") ? dayMinute(value, zone) : dayClock(value, zone);
  if (typeof value === "string" && PART.test(value)) return part(value);
  if (typeof value !== "number") return Array.isArray(value) ? value.join(", ") : String(value);
  if (column.unit === "s") return duration(value);
  if (column.unit === "h") return duration(value * 3600);
  if (column.unit === "%") return [bar(value), html("span", { class: "aligned" }, value.toFixed(1))];
  return Number.isInteger(value) && column.unit !== "m" ? String(value) : value.toFixed(1);
}

/** A day, or an hour with its distance from UTC, as the server names the parts of a report. */
const PART = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2})([+-]\d{2}:\d{2}))?$/;

/** A part of a report in words: '25 Oct 02:00'. */
function part(name) {
  const [, year, month, day, hour] = PART.exec(name);
  const text = new Date(Date.UTC(year, month - 1, day)).toLocaleDateString("en-GB", { timeZone: "UTC", weekday: hour ? undefined : "short", day: "numeric", month: "short" });
  return hour ? `${text} ${hour}` : text;
}

/** A small bar for a share of a hundred. */
function bar(value) {
  const width = Math.max(0, Math.min(100, value)) * 0.6;
  return svg("svg", { class: "share", viewBox: "0 0 60 8", width: 60, height: 8, "aria-hidden": "true" }, svg("rect", { class: "lane", width: 60, height: 8 }), svg("rect", { class: "part", width: width.toFixed(1), height: 8 }));
}
