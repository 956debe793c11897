// SPDX-License-Identifier: MIT OR Apache-2.0
// Which stretches of a track cameras see, which none sees now, and where there is room.

/** Stretches shorter than this are left out, metres: covers that nearly touch are no gap. */
const SHORT = 1.5;

/**
 * The stretches of a track in order: `{ from, to, cameras, seeing }`, where `cameras` cover it and `seeing` of them see now.
 * `sees(id)` says whether a camera does.
 */
export function stretches(track, cameras, sees) {
  const covers = [];
  const edges = new Set([0, track.length]);
  for (const camera of cameras) {
    for (const cover of camera.covers ?? []) {
      if (cover.track !== track.id) continue;
      const from = Math.max(0, cover.from);
      const to = Math.min(track.length, cover.to);
      if (to <= from) continue;
      covers.push({ camera: camera.id, from, to });
      edges.add(from).add(to);
    }
  }
  const places = [...edges].sort((a, b) => a - b);
  const found = [];
  for (let i = 1; i < places.length; i++) {
    const [from, to] = [places[i - 1], places[i]];
    const middle = (from + to) / 2;
    const over = [...new Set(covers.filter((cover) => cover.from <= middle && cover.to >= middle).map((cover) => cover.camera))];
    const last = found.at(-1);
    const seeing = over.filter(sees);
    if (last && last.cameras.join() === over.join()) last.to = to;
    else found.push({ from, to, cameras: over, seeing });
  }
  return found;
}

/** The stretches that no camera sees now: `{ from, to, cameras }`; without cameras there none ever does. */
export function unseen(track, cameras, sees) {
  const found = [];
  // Where nothing is known of what cameras cover, nothing is said of it.
  if (!cameras.some((camera) => camera.covers?.length)) return found;
  for (const stretch of stretches(track, cameras, sees)) {
    if (stretch.seeing.length) continue;
    const last = found.at(-1);
    if (last && last.to === stretch.from && !last.cameras.length === !stretch.cameras.length) {
      last.to = stretch.to;
      last.cameras = [...new Set([...last.cameras, ...stretch.cameras])];
    } else {
      found.push({ from: stretch.from, to: stretch.to, cameras: stretch.cameras });
    }
  }
  return found.filter((stretch) => stretch.to - stretch.from >= SHORT);
}

/** Where a locomotive stands: `[low, high]` in metres. */
export function span(locomotive) {
  const [head, tail] = [locomotive.head.s ?? locomotive.head, locomotive.tail.s ?? locomotive.tail];
  return [Math.min(head, tail), Math.max(head, tail)];
}

/** What is occupied on a track and the longest free stretch, metres. Tentative locomotives count, because room must be sure. */
export function room(track, locomotives) {
  const spans = locomotives
    .filter((locomotive) => locomotive.track === track.id)
    .map(span)
    .map(([low, high]) => [Math.max(0, low), Math.min(track.length, high)])
    .filter(([low, high]) => high > low)
    .sort((a, b) => a[0] - b[0]);
  let occupied = 0;
  let end = 0;
  let free = { from: 0, to: 0 };
  for (const [low, high] of [...spans, [track.length, track.length]]) {
    if (low - end > free.to - free.from) free = { from: end, to: low };
    occupied += Math.max(0, high - Math.max(low, end));
    end = Math.max(end, high);
  }
  return { occupied, free };
}
