// Where to look next: the tree-structured Parzen estimator of Bergstra et al. (2011), with one density over all axes as in
// BOHB (Falkner et al., 2018). Points that did well and all others are two mixtures of kernels; what is proposed is likely
// under the first and unlikely under the second, and costs little.

import { exp, log } from "../math/index.ts";
import type { Generator } from "../random/index.ts";
import type { Axis, Point } from "./space.ts";

/** A density over points: each of `points` is the center of a kernel, and one more kernel is the same everywhere. */
export interface Density {
  of(point: Point): number;
  draw(random: Generator): Point;
}

/** How wide a kernel is on an axis of length 1, of a single point. */
const widest = 0.25;
/** The narrowest: a search that has found something still looks beside it. */
const narrowest = 0.04;

/** The density of points. */
export function densityOf(axes: readonly Axis[], points: readonly Point[]): Density {
  const n = points.length;
  // Scott's rule: the more points, the narrower, and in more dimensions less so.
  const width = Math.max(narrowest, widest * exp(-log(Math.max(1, n)) / (axes.length + 4)));
  // Of k values one has the weight that a kernel as wide gives to a kth, and all share the rest.
  const spreadOver = axes.map(({ choices }) => (choices > 0 ? width / choices : 0));
  // The heights of kernels, higher where a part of them would lie outside.
  const heights = points.map((center) =>
    axes.reduce((product, { choices }, i) => (choices > 0 ? product : product / mass(center[i], width)), 1),
  );
  const everywhere = axes.reduce((product, { choices }) => (choices > 0 ? product / choices : product), 1);
  return {
    of(point) {
      const sum = points.reduce((total, center, k) => {
        let [distance, height] = [0, heights[k]];
        axes.forEach(({ choices }, i) => {
          const apart = point[i] - center[i];
          if (choices > 0) height *= spreadOver[i] + (apart === 0 ? 1 - width : 0);
          else distance += apart * apart;
        });
        return total + height * exp(-distance / (2 * width * width));
      }, everywhere);
      return sum / (n + 1);
    },
    draw(random) {
      const from = random.integers(0, n + 1);
      const center = points[from];
      return axes.map(({ choices }, i) => {
        if (choices > 0) return center && random.random() >= width ? center[i] : random.integers(0, choices);
        if (!center) return random.random();
        for (;;) {
          const at = center[i] + width * random.standardNormal();
          if (at >= 0 && at <= 1) return at;
        }
      });
    },
  };
}

/** ∫ exp(−½((x − center) / width)²) dx from 0 to 1. */
const mass = (center: number, width: number): number =>
  width * Math.sqrt(2 * Math.PI) * (normalCdf((1 - center) / width) - normalCdf(-center / width));

/** Φ, by the logistic approximation of Bowling et al. (2009), within 0.00014. */
const normalCdf = (x: number): number => 1 / (1 + exp(-(0.07056 * x * x * x + 1.5976 * x)));

/** What is known of trials. */
export interface Known {
  /** Points that have results, the best first. */
  readonly ranked: readonly Point[];
  /** Points whose results are not there yet: nobody needs to look there again, so they count as not good. */
  readonly pending: readonly Point[];
  /** How costly a point is, as seconds or whatever else. Default: all alike. */
  readonly costOf?: (point: Point) => number;
}

/** The share of points that count as good, and the number of points that are looked at before one is proposed. */
const goodShare = 0.15;
const candidates = 32;

/** The best of some candidates: by the improvement that is to be expected, for its cost. */
export function proposeByParzen(
  axes: readonly Axis[],
  { ranked, pending, costOf = () => 1 }: Known,
  random: Generator,
): Point {
  const count = Math.max(2, Math.ceil(goodShare * ranked.length));
  const good = densityOf(axes, ranked.slice(0, count));
  const others = densityOf(axes, [...ranked.slice(count), ...pending]);
  let [best, highest] = [good.draw(random), -Infinity];
  for (let i = 0; i < candidates; i++) {
    const point = i === 0 ? best : good.draw(random);
    // Bergstra et al., equation (5): the expected improvement is proportional to this, whatever the results' scale.
    const improvement = 1 / (goodShare + (1 - goodShare) * (others.of(point) / good.of(point)));
    const worth = improvement / costOf(point);
    if (worth > highest) [best, highest] = [point, worth];
  }
  return best;
}

/**
 * Points that fill the space evenly, of which each goes where there is room: Roberts' R sequence, the multiples of powers
 * of a generalized golden ratio.
 *
 * @param index from 0 on
 * @param shift where the sequence begins on each axis, from 0 to 1
 */
export function evenPoint(axes: readonly Axis[], index: number, shift: Point): Point {
  let ratio = 2;
  for (let i = 0; i < 40; i++) ratio = exp(log(1 + ratio) / (axes.length + 1)); // ratio^(d+1) = ratio + 1
  return axes.map(({ choices }, i) => {
    const step = exp(-(i + 1) * log(ratio));
    const at = (shift[i] + (index + 1) * step) % 1;
    return choices > 0 ? Math.floor(at * choices) : at;
  });
}
