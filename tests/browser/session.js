// SPDX-License-Identifier: MIT OR Apache-2.0
// What all tests of the page share: one browser, pages that are closed after each test, and a server with a story.

import assert from "node:assert/strict";
import { after, afterEach, before, it } from "node:test";

import { launch, open } from "./browser.js";
import { plan, states, text } from "./hall.js";
import { Server } from "./server.js";

/** The story of the hall began this long ago and was heard for so long, seconds. */
const [AGO, HEARD] = [3600, 840];
/** All pages, and what shows that their data have come. */
export const PAGES = { hall: ".plan .loco", time: ".stay", flows: ".plan .loco", cameras: ".status", reports: ".report table", plan: "tbody tr", logbook: ".visit" };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Opens a page at an address of the hall, and closes it after the test, which fails if the browser complained. */
const opened = [];
export async function visit(server, hash, settings) {
  const page = await open(browser, server.page + hash, settings);
  opened.push(page);
  return page;
}
afterEach(async () => {
  const faults = [];
  for (const page of opened.splice(0)) {
    faults.push(...page.faults);
    await page.close();
  }
  assert.deepEqual(faults, []);
});

/** This second, milliseconds. */
export function thisSecond() {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** The day in the hall. */
export function dayOf(time) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Berlin" }).format(time);
}

/** A test with a server of its own. */
export function withServer(name, test, settings) {
  it(name, async () => {
    const server = await Server.start(settings);
    try {
      await test(server);
    } finally {
      await server.close();
    }
  });
}

/** A server that has heard both flows of the story, within one day, for all tests of a file. */
export class Told {
  static forAll() {
    const told = new Told();
    before(() => told.tell());
    after(() => told.server.close());
    return told;
  }

  /** Tells the story. */
  async tell() {
    this.begin = thisSecond() - AGO * 1000;
    if (dayOf(this.begin) !== dayOf(this.begin + HEARD * 1000)) this.begin -= HEARD * 1000;
    this.server = await Server.start({ plan: plan(this.begin) });
    for (const flow of ["prod", "dev"]) await this.server.send(states(flow, this.begin, this.begin + HEARD * 1000, this.begin));
  }

  /** The address of a page at a second of the story. */
  at(page, seconds, more = "") {
    return `#${page}?at=${text(this.begin + seconds * 1000)}${more}`;
  }

  /** The hall's clock at a second of the story. */
  clock(seconds) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", timeStyle: "medium" }).format(this.begin + seconds * 1000);
  }
}

/** Waits until a page shows its data. */
export async function ready(page, name) {
  await page.locator(`.view-${name} ${PAGES[name]}`).first().waitFor();
}
