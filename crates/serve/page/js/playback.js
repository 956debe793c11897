// SPDX-License-Identifier: MIT OR Apache-2.0
// Stored states played as a film. States are asked for in chunks a little ahead of what is shown, and forgotten behind it.

import { Latest } from "./api.js";

/** States in one chunk. */
const CHUNK = 40;
/** States shown in a second, at most. */
const RATE = 5;

/** Shows stored states: `onShow(state, time)`, `onFailure(error)`, `onPlaying(playing)`. Times are milliseconds. */
export class Playback {
  #chunk = new Latest();
  #single = new Latest();
  #states = [];
  #until = 0;
  #frame = 0;
  #last = 0;
  #shown = null;

  constructor({ question, onShow, onFailure, onPlaying }) {
    Object.assign(this, { question, onShow, onFailure, onPlaying });
    this.position = 0;
    this.end = 0;
    this.speed = 10;
  }

  /** Whether it plays. */
  get playing() {
    return this.#frame !== 0;
  }

  /** Seconds between states at this speed. */
  get #step() {
    return Math.max(1, this.speed / RATE);
  }

  /** Goes to a time. */
  async seek(time) {
    this.position = time;
    this.#forget();
    if (this.playing) return;
    try {
      const state = await this.#single.ask("/api/state", { ...this.question, at: new Date(time) });
      if (state) this.#show(state, time);
    } catch (error) {
      this.onFailure(error);
    }
  }

  /** Plays from where it is. */
  play() {
    if (this.playing) return;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((at) => this.#tick(at));
    this.onPlaying(true);
  }

  /** Stops. */
  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#chunk.stop();
    this.onPlaying(false);
  }

  /** Plays at another speed. */
  setSpeed(speed) {
    this.speed = speed;
    this.#forget();
  }

  /** Stops for good. */
  close() {
    this.pause();
    this.#single.stop();
  }

  /** Nothing that was fetched is of use any more. */
  #forget() {
    this.#chunk.stop();
    this.#single.stop();
    this.#states = [];
    this.#until = this.position;
    this.#shown = null;
  }

  /** One frame of the film. Where states have not come yet, the film waits for them. */
  #tick(at) {
    const passed = Math.min(250, at - this.#last);
    this.#last = at;
    this.#fetchAhead();
    if (this.position < this.#until) this.position = Math.min(this.position + passed * this.speed, this.#until);
    while (this.#states.length > 1 && Date.parse(this.#states[1].time) <= this.position) this.#states.shift();
    const state = this.#states[0];
    if (state) this.#show(Date.parse(state.time) <= this.position ? state : this.#shown, this.position);
    if (this.position >= this.end) {
      this.pause();
      return;
    }
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }

  /** Asks for the next chunk in time. */
  async #fetchAhead() {
    const span = CHUNK * this.#step * 1000;
    if (this.#chunk.waits || this.#until >= this.end || this.#until - this.position > span / 2) return;
    const [from, to] = [this.#until, Math.min(this.end, this.#until + span)];
    try {
      const states = await this.#chunk.ask("/api/states", { ...this.question, from: new Date(from), to: new Date(to), step: this.#step });
      if (!states) return;
      const newest = Date.parse(this.#states.at(-1)?.time ?? "") || 0;
      this.#states.push(...states.filter((state) => Date.parse(state.time) > newest));
      this.#until = to;
    } catch (error) {
      this.pause();
      this.onFailure(error);
    }
  }

  /** Shows a state, if there is one. */
  #show(state, time) {
    if (!state) return;
    this.#shown = state;
    this.onShow(state, time);
  }
}
