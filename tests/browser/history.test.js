// SPDX-License-Identifier: MIT OR Apache-2.0
// What was, in a real browser, before the real server.

import assert from "node:assert/strict";
import { it } from "node:test";

import { dayOf, Told, visit } from "./session.js";

const told = Told.forAll();

it("a film plays what was stored", async () => {
  const page = await visit(told.server, told.at("time", 60, "&speed=60"));
  const summary = page.locator(".view-time .summary");
  await summary.filter({ hasText: `at ${told.clock(60)}` }).waitFor();
  assert.equal(await page.locator(".plan [data-id=L3]").count(), 0);
  await page.getByRole("button", { name: "Play" }).click();
  // It comes in after 80 s and has left at 740 s.
  await page.locator(".plan [data-id=L3].moving").waitFor();
  await page.locator(".plan [data-id=L3]:not(.moving)").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const shown = new URL(page.url()).hash;
  await page.getByRole("button", { name: "Play" }).waitFor();
  assert.notEqual(shown, told.at("time", 60, "&speed=60"));
});

it("one jumps from event to event", async () => {
  const page = await visit(told.server, told.at("time", 10));
  const events = page.locator(".view-time tbody tr");
  await events.filter({ hasText: "arrived on T2" }).first().waitFor();
  await events.filter({ hasText: "left from T2" }).waitFor();
  await events.filter({ hasText: "moved on T2" }).waitFor();
  await events.filter({ hasText: "moved on T2" }).getByRole("button").click();
  await page.locator(".plan [data-id=L3]").waitFor();
  const before = new URL(page.url()).hash;
  await page.getByRole("button", { name: "Event ›" }).click();
  await page.waitForFunction((old) => location.hash !== old, before);
  await page.getByRole("button", { name: "Day", exact: true }).click();
  // The picture of the day has a bar for each stay.
  await page.locator(".stay title", { hasText: "15110463 on T2, 20.0 to 43.0 m" }).waitFor({ state: "attached" });
  await page.locator(".stay title", { hasText: "15110463 on T2, 52.0 to 75.0 m" }).waitFor({ state: "attached" });
});

it("a disagreement is found and shown", async () => {
  const page = await visit(told.server, `#flows?since=${dayOf(told.begin)}&until=${dayOf(told.begin)}`);
  const rows = page.getByRole("region", { name: "Disagreements, longest first" }).locator("tbody tr");
  const row = rows.filter({ hasText: "Only in prod" }).filter({ hasText: "10371052" });
  await row.getByRole("button").click();
  const plans = page.locator(".plan");
  await plans.nth(0).locator("[data-id=L7].differs").waitFor();
  assert.equal(await plans.nth(1).locator("[data-id=D7]").count(), 0);
  await page.getByRole("region", { name: "Where the flows differ at this time" }).getByText("10371052 at 12.0 to 26.6 m").waitFor();
  await page.getByRole("button", { name: "Back to live" }).click();
  await page.getByText(/^Now: /).waitFor();
});

it("the logbook finds a visit by a part of its number", async () => {
  const page = await visit(told.server, "#logbook");
  await page.getByLabel("Number").fill("1511");
  await page.getByText("1 visit, 0 still inside.").waitFor();
  await page.locator(".visit summary").click();
  const moves = page.locator(".visit .moves li");
  await moves.filter({ hasText: "arrived on T2" }).waitFor();
  assert.equal(await moves.count(), 3);
});

it("each report is shown, and taken away as a file", async () => {
  const page = await visit(told.server, "#reports");
  for (const report of ["Occupancy", "Dwell", "Moves", "Turnaround", "Unidentified", "Cameras", "Completeness", "Flows"]) {
    await page.locator(".kinds a", { has: page.getByText(report, { exact: true }) }).click();
    await page.locator(`.kinds a[aria-current=page] b`, { hasText: report }).waitFor();
    await page.locator(".report h2").waitFor();
    for (const format of ["csv", "json"]) {
      const link = await page.getByRole("link", { name: format.toUpperCase() }).getAttribute("href");
      const answer = await fetch(new URL(link, told.server.page));
      assert.equal(answer.status, 200, link);
    }
    assert.equal(await page.locator(".report .failure").count(), 0);
  }
});
