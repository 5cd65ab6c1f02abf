// The figures of a report on RLHF: a colour for each run, the same in all of them.

import * as Plot from "@observablehq/plot";
import { draw, extremes, frame, seriesColor, shortNumber, type Size } from "../figures.ts";
import type { Fit } from "./fits.ts";
import { smooth, type Outcome } from "./outcome.ts";
import { metricOf, type Calibration, type RlhfRun } from "./read.ts";

/** A metric at some distance from the reference. */
export interface DistantPoint {
  readonly kl: number;
  readonly value: number;
}

/** A fitted law as it is drawn: up to the KL that it was fitted to, from the value at its start. */
export interface DrawnFit {
  readonly fit: Fit;
  readonly start: number;
  readonly farthest: number;
  readonly color: string;
}

/** What a figure over distance shows besides the runs. */
export interface OverDistance {
  readonly bestOfN?: readonly (DistantPoint & { readonly n: number })[];
  readonly fits?: readonly DrawnFit[];
  /** The range of the axis; by default that of the numbers. */
  readonly range?: readonly [number, number];
  /** Whether each run's name stands at the end of its line. */
  readonly names?: boolean;
}

const distance = ({ kl }: DistantPoint): number => Math.sqrt(kl);

/** A metric of a run against √KL, as means of five updates; a KL below 0 has no root and is left out. */
export function overDistance(run: RlhfRun, name: string): DistantPoint[] {
  const kls = new Map(smooth(metricOf(run, "kl")).map(({ update, value }) => [update, value]));
  return smooth(metricOf(run, name)).flatMap(({ update, value }) => {
    const kl = kls.get(update) ?? -1;
    return kl < 0 ? [] : [{ kl, value }];
  });
}

/** A metric of each run against √KL, with what best-of-n reaches and laws that were fitted. */
export function distanceFigure(
  runs: readonly RlhfRun[],
  name: string,
  size: Size,
  { bestOfN = [], fits = [], range, names = false }: OverDistance = {},
): string {
  const paths = runs.map((run) => overDistance(run, name));
  const isNarrow = size.width < 600;
  return draw({
    ...size,
    marginLeft: 44,
    marginRight: names ? 62 : 16,
    marginTop: 12,
    marginBottom: 40,
    x: { label: "√KL from the SFT model (KL in nats)", zero: true, nice: true },
    y: { label: null, nice: true, insetBottom: 6, ...(range && { domain: [...range] }) },
    marks: [
      ...frame({ x: isNarrow ? 5 : 8, y: 5 }),
      ...fits.map(({ fit, start, farthest, color }) =>
        Plot.line(
          Array.from({ length: 61 }, (_, i) => farthest * (i / 60) ** 2).map((kl) => ({ kl, value: start + fit.at(kl) })), // prettier-ignore
          { x: distance, y: "value", stroke: color, strokeWidth: 1.25, strokeDasharray: "2 3" },
        ),
      ),
      ...paths.map((path, i) =>
        Plot.line(path, { x: distance, y: "value", stroke: seriesColor(i), strokeWidth: 2, strokeLinejoin: "round" }),
      ),
      ...paths.map((path, i) =>
        Plot.dot(path.slice(-1), { x: distance, y: "value", r: 4, fill: seriesColor(i), stroke: "var(--paper)" }),
      ),
      Plot.dot(bestOfN, { x: distance, y: "value", symbol: "diamond", r: 3.5, stroke: "var(--ink)", fill: "var(--paper)", strokeWidth: 1.25 }), // prettier-ignore
      ...(names ? apart(paths, runs, size.height) : []),
    ],
  });
}

/** The names of runs at the ends of their lines, moved apart where they would stand on one another. */
function apart(paths: readonly (readonly DistantPoint[])[], runs: readonly RlhfRun[], height: number) {
  const ends = paths.flatMap((path, i) => {
    const end = path.at(-1);
    return end === undefined ? [] : [{ end, i, dy: 0 }];
  });
  const values = paths.flat().map(({ value }) => value);
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const scale = (height - 52) / Math.max(1e-9, most - least);
  const placed: { x: number; y: number }[] = [];
  for (const one of ends.sort((a, b) => b.end.value - a.end.value)) {
    const x = distance(one.end);
    const y = () => -one.end.value * scale + one.dy;
    while (placed.some((other) => Math.abs(other.x - x) < 1.2 && Math.abs(other.y - y()) < 14)) one.dy += 2;
    placed.push({ x, y: y() });
  }
  return ends.map(({ end, i, dy }) =>
    Plot.text([end], {
      x: distance,
      y: "value",
      text: () => shortLabel(runs[i].label),
      dx: 11,
      dy,
      textAnchor: "start",
      fill: seriesColor(i),
      stroke: "var(--paper)",
      strokeWidth: 4,
    }),
  );
}

const shortLabel = (label: string): string => (label.length > 24 ? `${label.slice(0, 23)}…` : label);

/** The truth that each β ends with, and that of its peak, against KL; best-of-n beside it. */
export function frontierFigure(
  outcomes: readonly Outcome[],
  bestOfN: readonly (DistantPoint & { readonly n: number })[],
  size: Size,
): string {
  const points = outcomes.flatMap(({ run, truth, kl }, i) =>
    Number.isFinite(truth.end) && Number.isFinite(kl.end)
      ? [{ label: run.label, color: seriesColor(i), end: { kl: kl.end, value: truth.end }, peak: { kl: kl.atPeak, value: truth.atPeak } }] // prettier-ignore
      : [],
  );
  const last = bestOfN.at(-1);
  return draw({
    ...size,
    marginLeft: 44,
    marginRight: 64,
    marginTop: 14,
    marginBottom: 40,
    x: { type: "sqrt", label: "KL from the SFT model (nats, spaced as its root)", zero: true, nice: true },
    y: { label: null, nice: true, inset: 8 },
    marks: [
      ...frame({ x: size.width < 600 ? 5 : 8, y: 5 }),
      Plot.line(bestOfN, { x: "kl", y: "value", stroke: "var(--ink)", strokeWidth: 1 }),
      Plot.dot(bestOfN, { x: "kl", y: "value", symbol: "diamond", r: 3.5, stroke: "var(--ink)", fill: "var(--paper)", strokeWidth: 1.25 }), // prettier-ignore
      ...(last === undefined ? [] : [Plot.text([last], { x: "kl", y: "value", text: () => `n = ${last.n}`, dx: -2, dy: -13, fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 4 })]), // prettier-ignore
      ...points.map(
        ({ end, peak, color }) =>
        Plot.link([{ end, peak }], { x1: peak.kl, x2: end.kl, y1: peak.value, y2: end.value, stroke: color, strokeWidth: 1.25, strokeDasharray: "2 3" }), // prettier-ignore
      ),
      ...points.map(({ peak, color }) =>
        Plot.dot([peak], { x: "kl", y: "value", r: 5, fill: "var(--paper)", stroke: color, strokeWidth: 1.75 }),
      ),
      ...points.map(({ end, color }) =>
        Plot.dot([end], { x: "kl", y: "value", r: 5.5, fill: color, stroke: "var(--paper)" }),
      ),
      ...points.map(({ label, end, color }) =>
        Plot.text([end], {
          x: "kl",
          y: "value",
          text: () => shortLabel(label),
          dx: 12,
          textAnchor: "start",
          fill: color,
          stroke: "var(--paper)",
          strokeWidth: 4,
        }),
      ),
    ],
  });
}

/**
 * A metric of each run over the iterations; null where no run has two numbers of it.
 *
 * @param isSetting whether it is only of interest where it changes
 */
export function iterationsFigure(
  runs: readonly RlhfRun[],
  name: string,
  size: Size,
  { range, isSetting = false }: { readonly range?: readonly [number, number]; readonly isSetting?: boolean } = {},
): string | null {
  const lines = runs.map((run) => metricOf(run, name));
  if (isSetting && lines.every((line) => line.every(({ value }) => value === line[0].value))) return null;
  if (lines.every((line) => line.length < 2)) return null;
  const last = Math.max(1, ...lines.map((line) => line.at(-1)?.update ?? 0));
  return draw({
    ...size,
    marginLeft: 44,
    marginRight: 16,
    marginTop: 10,
    marginBottom: 24,
    x: { domain: [0, last], label: null },
    y: { label: null, nice: true, insetBottom: 6, ...(range && { domain: [...range] }) },
    marks: [
      ...frame({ x: 4, y: 4 }),
      ...lines.map((line, i) =>
        Plot.line(extremes(line, 400), {
          x: "update",
          y: "value",
          stroke: seriesColor(i),
          strokeWidth: 1.5,
          strokeLinejoin: "round",
        }),
      ),
    ],
  });
}

/**
 * How often a text was preferred against how often the reward model expects it; areas count pairs. Where bins are of the
 * text that it prefers, and so begin at one half, the figure does too.
 */
export function calibrationFigure({ bins }: Calibration, size: Size): string {
  const filled = bins.filter(({ count }) => count > 0);
  const most = Math.max(1, ...filled.map(({ count }) => count));
  const low = filled.every(({ predicted }) => predicted >= 0.5) ? 0.5 : 0;
  const lowest = Math.min(low, ...filled.map(({ observed }) => Math.floor(10 * observed) / 10));
  const percent = (share: number): string => `${shortNumber(Math.round(100 * share))} %`;
  const text = { fill: "var(--muted)", tickSize: 0, tickFormat: percent, ticks: 5 };
  return draw({
    ...size,
    marginLeft: 50,
    marginRight: 20,
    marginTop: 16,
    marginBottom: 40,
    x: { domain: [low, 1], label: "preferred, by the reward model", inset: 4 },
    y: { domain: [lowest, 1], label: null, inset: 4 },
    r: { type: "identity" },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisY({ ...text, tickPadding: 6 }),
      Plot.axisX({ ...text, tickPadding: 8, labelArrow: "none", labelAnchor: "right" }),
      Plot.line([low, 1], { x: (x: number) => x, y: (x: number) => x, stroke: "var(--muted)", strokeDasharray: "5 4" }),
      Plot.dot(filled, {
        x: "predicted",
        y: "observed",
        r: ({ count }: { count: number }) => 3 + 11 * Math.sqrt(count / most),
        fill: "var(--accent)",
        fillOpacity: 0.75,
        stroke: "var(--paper)",
      }),
      ...filled.map((bin) =>
        Plot.text([bin], {
          x: "predicted",
          y: "observed",
          text: () => String(bin.count),
          dy: bin.observed > lowest + 0.12 * (1 - lowest) ? 22 : -22,
          fill: "var(--muted)",
          stroke: "var(--paper)",
          strokeWidth: 3,
        }),
      ),
    ],
  });
}
