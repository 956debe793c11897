// SPDX-License-Identifier: MIT OR Apache-2.0
// The computer's own Chromium, and pages that remember what went wrong in them.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const KNOWN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

/** Where Chromium is. */
function program() {
  const found = process.env.CHROMIUM ?? KNOWN.find((path) => existsSync(path));
  if (!found) throw new Error("there is no Chromium: run scripts/setup.sh --checks, or name one in CHROMIUM");
  return found;
}

/** Starts the browser. Its sandbox needs rights that containers do not have. */
export function launch() {
  return chromium.launch({ executablePath: program(), args: ["--no-sandbox", "--lang=en-GB"] });
}

/** Notes each event of the stream as the page gets it, so that gaps and doubles can be found. */
function noteStream() {
  window.heard = [];
  const Real = window.EventSource;
  window.EventSource = class extends Real {
    constructor(...all) {
      super(...all);
      this.addEventListener("state", (event) => window.heard.push(JSON.parse(event.data).data.state));
    }
  };
}

/** Opens a page. `faults` collects what the browser complains of: errors of scripts, breaches of the content security policy. */
export async function open(browser, address, { width = 1440, height = 900, theme = "light" } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, locale: "en-GB", reducedMotion: "reduce" });
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // That a server is away is told by the browser, too.
    if (message.type() === "error" && !/net::ERR|Failed to load resource/.test(text)) page.faults.push(text);
  });
  await page.addInitScript(noteStream);
  await page.goto(address);
  return page;
}
