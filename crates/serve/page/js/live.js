// SPDX-License-Identifier: MIT OR Apache-2.0
// The one stream of this page: states as they come, and what is to be said when they do not.

import { address, ask, now } from "./api.js";
import { clock, dayClock, day } from "./days.js";
import { duration } from "./words.js";

/** States older than this are told in large letters, seconds. */
const OLD = 10;
/** A stream that the browser has given up is opened anew after this, milliseconds. */
const REOPEN = 1000;
/** A stream in which nothing came for this long is opened anew: a connection can die without a word. Milliseconds. */
const SILENT = 60000;

/** States of one flow of one hall. `onState(document)`, `onHealth(data)`; both come at any rate. */
export class Live {
  #source = null;
  #timer = null;
  #lostAt = null;
  #heardAt = now();
  #stateAt = 0;
  #states = 0;
  #openedAt = now();
  #state = null;
  #question = { facility: "", flow: "" };

  constructor({ onState, onHealth }) {
    this.onState = onState;
    this.onHealth = onHealth;
  }

  /** The newest state, or `null`. */
  get state() {
    return this.#state;
  }

  /** Listens to a flow of a hall; to nothing else from now on. */
  open(facility, flow) {
    if (this.#source && this.#question.facility === facility && this.#question.flow === flow) return;
    this.#question = { facility, flow };
    this.#state = null;
    this.#lostAt = null;
    this.#openedAt = now();
    this.#connect();
  }

  /** Opens the stream. What the browser does not open again by itself, `check` does. */
  #connect() {
    this.#source?.close();
    clearTimeout(this.#timer);
    this.#heardAt = now();
    this.#states = 0;
    const source = new EventSource(address("/api/stream", this.#question));
    this.#source = source;
    source.addEventListener("open", () => {
      this.#lostAt = null;
      this.#heardAt = now();
    });
    source.addEventListener("error", () => {
      this.#lostAt ??= now();
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#connect(), REOPEN);
    });
    source.addEventListener("state", (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener("health", (event) => this.onHealth?.(JSON.parse(event.data)));
    source.addEventListener("resync", () => this.#resync());
  }

  /** Takes a state in, unless a newer one is known: after a gap the server repeats what may have been lost. */
  #take(state) {
    this.#heardAt = now();
    this.#stateAt = now();
    this.#states += 1;
    if (this.#state && Date.parse(state.time) < Date.parse(this.#state.time)) return;
    this.#state = state;
    this.onState(state);
  }

  /** The server has left states out for this page, which was too slow: the newest is asked for. */
  async #resync() {
    const question = this.#question;
    try {
      const state = await ask("/api/state", question);
      if (question === this.#question) this.#take(state);
    } catch {
      // The stream goes on, or says that the connection is lost.
    }
  }

  /**
   * How fresh the picture is: `{ level, short, sentence }`, where level is `good`, `wait`, `old` or `lost`. `zone` is the hall's time zone.
   * To be asked once a second.
   */
  condition(zone) {
    const time = now();
    if (time - this.#heardAt > SILENT) this.#connect();
    const shown = this.#state ? this.#shown(time, zone) : "Nothing is shown yet.";
    if (this.#lostAt !== null && time - this.#lostAt > 1000) {
      const since = duration((time - this.#lostAt) / 1000);
      return { level: "lost", short: "no connection", sentence: `No connection to the server for ${since}. ${shown}` };
    }
    if (!this.#state) {
      const waited = (time - this.#openedAt) / 1000;
      if (waited < OLD) return { level: "wait", short: "waiting", sentence: "" };
      return { level: "old", short: "no state", sentence: `No state of flow '${this.#question.flow}' has come for ${duration(waited)}.` };
    }
    const age = (time - Date.parse(this.#state.time)) / 1000;
    if (age <= OLD) return { level: "good", short: "live", sentence: "" };
    // The first state of a stream is one that was there before.
    const late = this.#states > 1 && (time - this.#stateAt) / 1000 < OLD;
    const sentence = late ? `States come ${duration(age)} late. ${shown}` : `No state for ${duration(age)}. ${shown}`;
    return { level: "old", short: `${duration(age)} old`, sentence };
  }

  /** 'Shown is 10:31:05.' */
  #shown(time, zone) {
    const same = day(time, zone) === day(this.#state.time, zone);
    return `Shown is ${same ? clock(this.#state.time, zone) : dayClock(this.#state.time, zone)}.`;
  }
}
