// SPDX-License-Identifier: MIT OR Apache-2.0
// The description of a hall; where the server has none, as much of it as a state tells.

import { ask, Refused } from "./api.js";
import { span } from "./coverage.js";

/** Asks for the description of a hall. Without one, tracks are as long as what was seen on them. */
export async function facilityOf(hall, flow) {
  const question = { facility: hall.facility };
  try {
    return await ask("/api/facility", question);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    return guessed(hall, await ask("/api/state", { ...question, flow }));
  }
}

/** What a state tells of its hall. */
function guessed(hall, state) {
  const lengths = new Map();
  for (const locomotive of state.data.locomotives) {
    lengths.set(locomotive.track, Math.max(lengths.get(locomotive.track) ?? 20, Math.ceil(span(locomotive)[1])));
  }
  const tracks = [...lengths].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, length]) => ({ id, length, line: [] }));
  const cameras = state.data.cameras.map(({ id }) => ({ id, position: null, covers: [] }));
  return { facility: hall.facility, timezone: hall.timezone, guessed: true, tracks, cameras, doors: [], models: [] };
}
