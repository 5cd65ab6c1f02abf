// Charts of experiments, drawn by Observable Plot: curves with bands, values with intervals, bars.

import * as Plot from "@observablehq/plot";
import { draw, flow, frame, seriesColor, seriesDash, shortNumber, type Size } from "../runs/figures.ts";
import type { Interval } from "../runs/statistics.ts";

/** A figure of a page: drawn in the sizes that screens have. */
export interface Chart {
  /** Its name within the experiment, and of its file. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly caption: string;
  readonly draw: (size: Size) => string;
}

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** Points in order; where `y` is null the line has a gap. */
  readonly points: readonly { readonly x: number; readonly y: number | null; readonly band?: Interval | null }[];
  /** Whether it is a reference: grey and dashed. */
  readonly reference?: boolean;
}

/** Axes of a chart. */
export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** The range of y, whatever the data. */
  readonly yRange?: readonly [number, number];
  /** Values of x that stand at equal distances, such as λ of 0, 0.5, 0.9, 0.95, 0.99, 1. */
  readonly steps?: readonly number[];
  /** Whether points are marked, as where there are few. */
  readonly dots?: boolean;
  /** Horizontal lines to compare with. */
  readonly levels?: readonly { readonly y: number; readonly label: string }[];
}

/** Lines over a common axis, each with a band where it has intervals. */
export function lineChart(lines: readonly Line[], axes: Axes, size: Size): string {
  const colors = lines.map(({ reference }, i) => (reference ? "var(--muted)" : seriesColor(i)));
  const dashes = lines.map(({ reference }, i) => (reference ? "3 4" : seriesDash(i)));
  const legend = flow(
    lines.length > 1 ? lines.map(({ label }, i) => ({ text: label, color: colors[i], line: { dash: dashes[i] } })) : [],
    size.width - 70,
  );
  const { steps } = axes;
  const place = (x: number) => (steps ? steps.indexOf(x) : x);
  const marks = lines.flatMap(({ points }, i) => {
    const placed = points.map(({ x, y, band }) => ({
      x: place(x),
      y: y ?? NaN,
      low: band?.[0] ?? NaN,
      high: band?.[1] ?? NaN,
    }));
    const has = placed.some(({ low }) => Number.isFinite(low));
    return [
      ...(has ? [Plot.areaY(placed, { x: "x", y1: "low", y2: "high", fill: colors[i], fillOpacity: 0.14 })] : []),
      Plot.line(placed, { x: "x", y: "y", stroke: colors[i], strokeWidth: 2, strokeDasharray: dashes[i] }),
      ...(axes.dots ? [Plot.dot(placed, { x: "x", y: "y", r: 3, fill: colors[i] })] : []),
    ];
  });
  return draw({
    ...size,
    marginLeft: 58,
    marginRight: 20,
    marginTop: 26 + 16 * legend.rows,
    marginBottom: 42,
    x: {
      label: axes.x,
      ...(axes.logX && { type: "log" }),
      ...(steps && {
        domain: [0, steps.length - 1],
        ticks: steps.map((_, i) => i),
        tickFormat: (i: number) => String(steps[i]),
      }),
    },
    y: {
      label: axes.y,
      nice: !axes.yRange,
      ...(axes.logY && { type: "log" }),
      ...(axes.yRange && { domain: [...axes.yRange] }),
    },
    marks: [
      ...(steps ? stepFrame(steps) : frame({ x: size.width < 600 ? 4 : 8, y: 5 })),
      ...levelMarks(axes),
      ...marks,
      ...legend.marks,
    ],
  });
}

const stepFrame = (steps: readonly number[]) => [
  Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
  Plot.axisY({ fill: "var(--muted)", tickSize: 0, tickFormat: shortNumber, ticks: 5, tickPadding: 6 }),
  Plot.axisX({
    fill: "var(--muted)",
    tickSize: 0,
    tickPadding: 8,
    labelArrow: "none",
    labelAnchor: "right",
    ticks: steps.map((_, i) => i),
    tickFormat: (i: number) => String(steps[i]),
  }),
];

const levelMarks = ({ levels = [] }: Axes) => [
  Plot.ruleY(levels, { y: "y", stroke: "var(--goal)", strokeDasharray: "5 4" }),
  Plot.text(levels, {
    y: "y",
    text: "label",
    frameAnchor: "right",
    dy: -7,
    fill: "var(--goal)",
    stroke: "var(--paper)",
    strokeWidth: 4,
  }),
];

/** A value with its interval, in a row of its own. */
export interface Measured {
  readonly label: string;
  readonly value: number;
  readonly interval?: Interval | null;
  /** Single values, such as of seeds, drawn faint. */
  readonly each?: readonly number[];
}

/** Values with their intervals, one below the other. @param reference a value to compare with, as 0 of differences */
export function intervalChart(
  values: readonly Measured[],
  { x, logX, reference }: { x: string; logX?: boolean; reference?: number },
  size: Size,
): string {
  const longest = Math.max(...values.map(({ label }) => label.length));
  const rows = values.map(({ label, value, interval }) => ({ label, value, low: interval?.[0] ?? value, high: interval?.[1] ?? value })); // prettier-ignore
  const dots = values.flatMap(({ label, each = [] }) => each.map((value) => ({ label, value })));
  return draw({
    ...size,
    height: 64 + 30 * values.length,
    marginLeft: Math.min(size.width * 0.45, 14 + 6.6 * longest),
    marginRight: 20,
    marginTop: 12,
    marginBottom: 42,
    x: { label: x, nice: true, ...(logX && { type: "log" }) },
    y: { label: null, domain: values.map(({ label }) => label) },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: size.width < 600 ? 4 : 8 }),
      Plot.axisX({ fill: "var(--muted)", tickSize: 0, tickFormat: shortNumber, ticks: size.width < 600 ? 4 : 8, tickPadding: 8, labelArrow: "none", labelAnchor: "right" }), // prettier-ignore
      Plot.axisY({ fill: "var(--ink)", tickSize: 0, tickPadding: 8, lineWidth: 22, textOverflow: "ellipsis" }),
      ...(reference === undefined ? [] : [Plot.ruleX([reference], { stroke: "var(--goal)", strokeDasharray: "5 4" })]),
      Plot.dot(dots, { x: "value", y: "label", r: 2.2, fill: "var(--muted)", fillOpacity: 0.5 }),
      Plot.ruleY(rows, { x1: "low", x2: "high", y: "label", stroke: "var(--accent)", strokeWidth: 2.5 }),
      Plot.dot(rows, { x: "value", y: "label", r: 4.5, fill: "var(--accent)" }),
    ],
  });
}

/** Points in the plane, by group. */
export function scatterChart(
  groups: readonly { readonly label: string; readonly points: readonly { readonly x: number; readonly y: number }[] }[],
  axes: Axes,
  size: Size,
): string {
  const legend = flow(
    groups.length > 1 ? groups.map(({ label }, i) => ({ text: `● ${label}`, color: seriesColor(i) })) : [],
    size.width - 70,
  );
  return draw({
    ...size,
    marginLeft: 58,
    marginRight: 20,
    marginTop: 26 + 16 * legend.rows,
    marginBottom: 42,
    x: { label: axes.x, nice: true, ...(axes.logX && { type: "log" }) },
    y: { label: axes.y, nice: true, ...(axes.logY && { type: "log" }) },
    marks: [
      ...frame({ x: size.width < 600 ? 4 : 8, y: 5 }),
      ...levelMarks(axes),
      ...groups.map(({ points }, i) =>
        Plot.dot(points, { x: "x", y: "y", r: 2.6, fill: seriesColor(i), fillOpacity: 0.6 }),
      ),
      ...legend.marks,
    ],
  });
}
