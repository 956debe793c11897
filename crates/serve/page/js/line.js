// SPDX-License-Identifier: MIT OR Apache-2.0
// A track as a line on the screen: places along it in metres, points in pixels.

/** A polyline along which metres are measured. Beyond its ends it goes straight on. */
export class Line {
  /** `points` in pixels; `scale` is pixels per metre. */
  constructor(points, scale) {
    this.points = points.filter((point, i) => i === 0 || Math.hypot(point[0] - points[i - 1][0], point[1] - points[i - 1][1]) > 1e-9);
    this.scale = scale;
    this.metres = [0];
    for (let i = 1; i < this.points.length; i++) {
      const [a, b] = [this.points[i - 1], this.points[i]];
      this.metres.push(this.metres[i - 1] + Math.hypot(b[0] - a[0], b[1] - a[1]) / scale);
    }
    this.length = this.metres.at(-1);
  }

  /** The piece that a place lies on: index of its first point. */
  #piece(s) {
    let i = 0;
    while (i < this.points.length - 2 && s > this.metres[i + 1]) i++;
    return i;
  }

  /** The point at a place, `across` pixels to the left of the line's direction, and the direction there. */
  at(s, across = 0) {
    const i = this.#piece(s);
    const [a, b] = [this.points[i], this.points[i + 1]];
    const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const along = (s - this.metres[i]) * this.scale;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    return { x: a[0] + dx * along + dy * across, y: a[1] + dy * along - dx * across, angle };
  }

  /** Points from one place to another, `across` pixels to the left. */
  slice(from, to, across = 0) {
    const places = [from];
    for (const s of this.metres.slice(1, -1)) if (s > from && s < to) places.push(s);
    places.push(to);
    return places.map((s, i) => {
      const point = this.at(s, 0);
      // At a corner the normal is the mean of both sides, so that parallel lines stay parallel.
      const next = i > 0 && i < places.length - 1 ? this.at(s + 1e-6, 0).angle : point.angle;
      const turn = Math.atan2(Math.sin(next - point.angle), Math.cos(next - point.angle));
      const angle = point.angle + turn / 2;
      const reach = across / Math.max(0.3, Math.cos(turn / 2));
      return [point.x + Math.sin(angle) * reach, point.y - Math.cos(angle) * reach];
    });
  }

  /** A path along the line. */
  path(from, to, across = 0) {
    return open(this.slice(from, to, across));
  }

  /** A closed band between two distances from the line. */
  band(from, to, left, right) {
    return `${open(this.slice(from, to, left))}L${open(this.slice(from, to, right).reverse()).slice(1)}Z`;
  }
}

/** Points as an open path. */
export function open(points) {
  return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
}
