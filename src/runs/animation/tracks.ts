// Follows shapes through the frames of an animation, and keeps only those frames between which nothing is a straight
// line.

import { placeView, type Drawing, type Shape } from "../../envs/index.ts";

/** A drawing and when it is seen. */
export interface Frame {
  /** In seconds from the beginning. */
  readonly time: number;
  /** Shapes are followed within an episode only. */
  readonly episode: number;
  readonly drawing: Drawing;
}

/** One shape through time. */
export interface Track {
  readonly shape: Shape;
  /** Its numbers in pixels at these times: [x, y] of every point, or x, y and the radius of a circle. */
  readonly keys: readonly { readonly time: number; readonly numbers: readonly number[] }[];
  /** When it appears and disappears, in turns; `[0]` where it is always seen. */
  readonly switches: readonly number[];
}

/** Pixels that a shape may be off between two key frames. */
const tolerance = 0.2;

/**
 * The shapes of an animation, in the order in which they are painted.
 *
 * A shape is the same in two frames where it looks the same but for its place: the k-th red polygon of four points is
 * the k-th red polygon of four points of the frame before.
 */
export function tracksOf(frames: readonly Frame[], width: number, height: number): Track[] {
  const open = new Map<string, { shape: Shape; numbers: (readonly number[] | null)[] }>();
  let order: string[] = [];
  frames.forEach(({ drawing, episode }, t) => {
    const { toPixels, scale } = placeView(drawing.view, width, height);
    const seen = new Map<string, number>();
    let after = -1; // the place of the shape that is painted just before
    for (const shape of drawing.shapes) {
      const look = lookOf(shape);
      const count = seen.get(look) ?? 0;
      seen.set(look, count + 1);
      const name = `${episode} ${count} ${look}`;
      let track = open.get(name);
      if (!track) {
        open.set(name, (track = { shape, numbers: Array<null>(frames.length).fill(null) }));
        order = [...order.slice(0, after + 1), name, ...order.slice(after + 1)];
      }
      track.numbers[t] = numbersOf(shape, toPixels, scale);
      after = Math.max(after, order.indexOf(name));
    }
  });
  const times = frames.map(({ time }) => time);
  return order.map((name) => {
    const { shape, numbers } = open.get(name)!;
    const keys = times.flatMap((time, t) => (numbers[t] ? [{ time, numbers: numbers[t] }] : []));
    return { shape, keys: simplify(keys), switches: switchesOf(numbers, times) };
  });
}

/** All of a shape but where it is. */
function lookOf(shape: Shape): string {
  if (shape.kind === "polygon" || shape.kind === "line") {
    const { points, ...rest } = shape;
    return JSON.stringify([points.length, rest]);
  }
  if (shape.kind === "circle") {
    const { x, y, radius, ...rest } = shape;
    return JSON.stringify(rest);
  }
  const { x, y, ...rest } = shape;
  return JSON.stringify(rest);
}

function numbersOf(shape: Shape, toPixels: (x: number, y: number) => [number, number], scale: number): number[] {
  if (shape.kind === "polygon" || shape.kind === "line") return shape.points.flatMap(([x, y]) => toPixels(x, y));
  const at = toPixels(shape.x, shape.y);
  return shape.kind === "circle" ? [...at, shape.radius * scale] : at;
}

/** Leaves out points on the line between their neighbours, after Ramer, Douglas and Peucker. */
function simplify(keys: Track["keys"]): Track["keys"] {
  const keep = new Set([0, keys.length - 1]);
  const pending: [number, number][] = [[0, keys.length - 1]];
  for (let span = pending.pop(); span; span = pending.pop()) {
    const [from, to] = span;
    const [a, b] = [keys[from], keys[to]];
    let [worst, at] = [tolerance, -1];
    for (let k = from + 1; k < to; k++) {
      const share = (keys[k].time - a.time) / (b.time - a.time);
      for (const [i, x] of keys[k].numbers.entries()) {
        const off = Math.abs(x - a.numbers[i] - share * (b.numbers[i] - a.numbers[i]));
        if (off > worst) [worst, at] = [off, k];
      }
    }
    if (at < 0) continue;
    keep.add(at);
    pending.push([from, at], [at, to]);
  }
  const [first, last] = [keys[0], keys.at(-1)!];
  const kept = [...keep].sort((a, b) => a - b).map((k) => keys[k]);
  return kept.length === 2 && first.numbers.every((x, i) => x === last.numbers[i]) ? [first] : kept;
}

function switchesOf(numbers: readonly (readonly number[] | null)[], times: readonly number[]): number[] {
  const switches: number[] = [];
  numbers.forEach((there, t) => {
    if ((there !== null) !== (switches.length % 2 === 1)) switches.push(times[t]);
  });
  return switches;
}
