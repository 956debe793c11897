// SPDX-License-Identifier: MIT OR Apache-2.0
// The plan and alerts, in a real browser, before the real server.

import assert from "node:assert/strict";

import { plan, state } from "./hall.js";
import { thisSecond, visit, withServer } from "./session.js";

const RULES = `
[[rule]]
name = "off plan"
kind = "plan"
what = ["wrong track"]
for = "0 s"
clear_for = "0 s"
`;

/** A server that knows the plan of the story and tells what stands on the wrong track. */
function withPlan(name, test) {
  withServer(name, test, { plan: plan(thisSecond() - 300000), alerts: RULES });
}

withPlan("what differs from the plan is shown with how sure it is", async (server) => {
  await server.send([state("prod", thisSecond(), thisSecond() - 300000, 1)]);
  const page = await visit(server, "#hall");
  await page.getByRole("link", { name: "Plan" }).click();
  const differences = page.getByRole("region", { name: "What differs from the plan, the most likely first" });
  const wrong = differences.getByRole("row").filter({ hasText: "Wrong track" });
  await wrong.waitFor();
  assert.match(await wrong.innerText(), /12440392\s+T6\s+T5\s+Almost certain, 96 %\s+12440392 should be on T6 and stands on T5/);
  // Some of the cameras of T5 see nothing, so it may be there after all.
  assert.match(await differences.getByRole("row").filter({ hasText: "11205499" }).innerText(), /Missing\s+11205499\s+T5/);
  const whole = page.getByRole("region", { name: "The whole plan" });
  assert.match(await whole.getByRole("row").filter({ hasText: "10370211" }).innerText(), /As planned, 96 %/);
  assert.match(await whole.getByRole("row").filter({ hasText: "15110463" }).innerText(), /Later/);
});

withPlan("an alert is shown on every page until it is over", async (server) => {
  const begin = thisSecond() - 300000;
  const on = (track) => [{ id: "L4", number: "12440392", model: "T28", track, low: 14, from: -9e9, to: 9e9 }];
  await server.send([state("prod", thisSecond(), begin, 1, on("T6"))]);
  const page = await visit(server, "#hall");
  const quiet = page.getByRole("button", { name: "No alert" });
  await quiet.waitFor();
  await server.send([state("prod", thisSecond() + 1000, begin, 2, on("T5"))]);
  const bell = page.getByRole("button", { name: "1 alert" });
  await bell.waitFor();
  await page.locator("#alert", { hasText: "12440392 should be on T6" }).waitFor({ state: "attached" });
  await bell.focus();
  await page.keyboard.press("Enter");
  const list = page.getByRole("region", { name: "Alerts" });
  await list.getByText("12440392 should be on T6 and stands on T5").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "alerts");
  await server.send([state("prod", thisSecond() + 2000, begin, 3, on("T6"))]);
  await quiet.click();
  await list.getByText(/over after/).waitFor();
  // Its time leads to the picture of then.
  await list.getByRole("link").first().click();
  await page.locator(".view-time .plan").waitFor();
  await list.waitFor({ state: "hidden" });
});
