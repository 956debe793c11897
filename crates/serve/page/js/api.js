// SPDX-License-Identifier: MIT OR Apache-2.0
// Questions to the server, and what its clock says.

/** What the server's clock is ahead of this computer's, milliseconds; a wall screen's clock is often wrong. */
let ahead = 0;

/** The time by the server's clock, milliseconds. */
export function now() {
  return Date.now() + ahead;
}

/** Learns the server's clock from the header of an answer, whose resolution is a second. */
function learnClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isFinite(date)) {
    const difference = date + 500 - Date.now();
    ahead = Math.abs(difference) < 1500 ? 0 : difference;
  }
}

/** An answer that is no success, with the server's sentence. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** The address of a question; parameters that are empty are left out, times are written as RFC 3339. */
export function address(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (value === undefined || value === null || value === "") continue;
    query.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Asks the server. Throws `Refused`, or what `fetch` throws where there is no server. */
export async function ask(path, parameters, signal) {
  const response = await fetch(address(path, parameters), { signal, headers: { accept: "application/json" } });
  learnClock(response);
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, body?.error ?? `the server answered ${response.status}`);
  return body;
}

/** A failure in words; nothing for a question that this page has given up itself. */
export function failure(error) {
  if (error?.name === "AbortError") return "";
  if (error instanceof Refused) return error.message;
  return "The server does not answer.";
}

/** Asks one question after another of a kind: a newer one makes the older one void. */
export class Latest {
  #controller = null;

  /** The answer, or `undefined` if a newer question came meanwhile. */
  async ask(path, parameters) {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const answer = await ask(path, parameters, controller.signal);
      return controller.signal.aborted ? undefined : answer;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.#controller === controller) this.#controller = null;
    }
  }

  /** Gives up the question that waits. */
  stop() {
    this.#controller?.abort();
    this.#controller = null;
  }

  /** Whether a question waits. */
  get waits() {
    return this.#controller !== null;
  }
}
