// The figures of a suite: learning curves with bands, and the final evaluations beside targets and published numbers.
// One of each for an environment, whose returns have a scale of their own.

import * as Plot from "@observablehq/plot";
import { draw, flow, frame, seriesColor, seriesDash, shortNumber } from "../runs/figures.ts";
import type { Size } from "../runs/figures.ts";
import type { CurvePoint } from "./curves.ts";
import type { JobResult } from "./results.ts";
import { isFew } from "../runs/statistics.ts";

/** One job in a figure. */
export interface FigureJob {
  result: JobResult;
  curve: readonly CurvePoint[];
}

/** One line among learning curves. */
export interface CurveJob {
  result: Pick<JobResult, "name" | "interval"> & { seeds: readonly unknown[]; target?: number | null };
  curve: readonly CurvePoint[];
}

/** Of few seeds: how many they are. Their band is from the lowest to the highest. */
const seedsNote = ({ interval, seeds }: CurveJob["result"]): string =>
  interval !== null && isFew(seeds) ? `n = ${seeds.length}` : "";

/** Jobs of few seeds beside each other, each of whose seeds can still be told from the others. */
const mostWithSeeds = 4;

/**
 * The learning curves of the algorithms on one environment: the mean over seeds, its 95 % bootstrap interval as a band, or
 * lowest to highest of few seeds; a faint line for each seed of one algorithm alone, and of up to four with few seeds.
 *
 * @param others more curves, which stay in the background
 * @param label of the horizontal axis
 */
export function curvesFigure(
  jobs: readonly CurveJob[],
  size: Size,
  others: readonly CurveJob[] = [],
  label = "environment steps",
): string {
  const drawn = jobs.filter(({ curve }) => curve.length > 0);
  const faint = others.filter(({ curve }) => curve.length > 0);
  const targets = [...new Set(jobs.flatMap(({ result }) => result.target ?? []))];
  const entries = [
    ...drawn.map(({ result }, index) => ({
      text: [result.name, seedsNote(result)].filter(Boolean).join(", "),
      color: seriesColor(index),
      line: { dash: seriesDash(index) },
    })),
    ...(faint.length > 0 ? [{ text: `${faint.length} more`, color: "var(--muted)", line: { dash: undefined } }] : []),
    ...targets.map((target) => ({
      text: `target ${shortNumber(target)}`,
      color: "var(--muted)",
      line: { dash: "5 4" },
    })),
  ];
  const legend = flow(entries, size.width - 60);
  const isNarrow = size.width < 600;
  const lastStep = Math.max(1e-3, ...[...drawn, ...faint].map(({ curve }) => curve.at(-1)!.step));
  const bands = drawn.map(({ curve }, index) =>
    Plot.areaY(
      curve.filter(({ interval }) => interval !== null),
      {
        x: "step",
        y1: (point: CurvePoint) => point.interval![0],
        y2: (point: CurvePoint) => point.interval![1],
        fill: seriesColor(index),
        fillOpacity: 0.18,
      },
    ),
  );
  const seeds = drawn.flatMap(({ curve }, index) =>
    drawn.length > (isFew(curve[0].values) ? mostWithSeeds : 1) ? [] : seedLines(curve, seriesColor(index)),
  );
  return draw({
    ...size,
    marginLeft: 52,
    marginRight: 20,
    marginTop: 32 + 16 * legend.rows,
    marginBottom: 40,
    x: { domain: [0, lastStep], label },
    y: { label: "return", nice: true },
    marks: [
      ...frame({ x: isNarrow ? 4 : 8, y: 6 }),
      Plot.ruleY(targets, { stroke: "var(--muted)", strokeDasharray: "5 4", strokeWidth: 1.25 }),
      ...faint.map(({ curve }) =>
        Plot.line(curve, { x: "step", y: "mean", stroke: "var(--muted)", strokeOpacity: 0.45, strokeWidth: 1 }),
      ),
      ...bands,
      ...seeds,
      ...drawn.map(({ curve }, index) =>
        Plot.line(curve, {
          x: "step",
          y: "mean",
          stroke: seriesColor(index),
          strokeWidth: 2.25,
          strokeDasharray: seriesDash(index),
        }),
      ),
      ...legend.marks,
    ],
  });
}

function seedLines(curve: readonly CurvePoint[], stroke: string) {
  const count = curve[0]?.values.length ?? 0;
  if (count < 2) return [];
  return Array.from({ length: count }, (_, seed) =>
    Plot.line(curve, {
      x: "step",
      y: (point: CurvePoint) => point.values[seed],
      stroke,
      strokeOpacity: 0.4,
      strokeWidth: 1,
    }),
  );
}

/** The height of a row, and of everything around the rows. */
const rowHeight = 34;

/**
 * The final evaluations on one environment: a row an algorithm, seeds as dots, mean with its interval, what others had.
 */
export function finalFigure(jobs: readonly FigureJob[], width: number): string {
  const rows = jobs.filter(({ result }) => result.mean !== null).map(({ result }) => result);
  const indexOf = (result: JobResult) => rows.indexOf(result);
  const hasPublished = rows.some(({ published }) => published.length > 0);
  const hasTarget = rows.some(({ target }) => target !== null);
  const names = rows.map(({ name }) => name);
  const notes = new Map(rows.map((row) => [row.name, seedsNote(row)]));
  const label = (name: string) => [name, notes.get(name)].filter(Boolean).join(", ");
  const longest = Math.max(0, ...names.map((name) => label(name).length));
  const marginLeft = Math.min(width * 0.4, 18 + 6.6 * longest);
  const legend = flow(
    [
      { text: "● seed", color: "var(--muted)" },
      { text: rows.some(({ seeds }) => !isFew(seeds)) ? "┣━┫ mean, 95 %" : "● mean", color: "var(--muted)" },
      ...(hasPublished ? [{ text: "◇ published", color: "var(--muted)" }] : []),
      ...(hasTarget ? [{ text: "╎ target", color: "var(--muted)" }] : []),
    ],
    width - marginLeft - 24,
  );
  const marginTop = 14 + 16 * legend.rows;
  // Of few seeds the dots tell more: their interval would be wider than all that is there.
  const intervals = rows.flatMap((row) => (row.interval === null || isFew(row.seeds) ? [] : [{ row, interval: row.interval }])); // prettier-ignore
  const text = { fill: "var(--muted)", tickSize: 0 };
  return draw({
    width,
    height: marginTop + rowHeight * Math.max(1, rows.length) + 40,
    marginLeft,
    marginRight: 24,
    marginTop,
    marginBottom: 40,
    x: { label: "mean return of the final evaluation", nice: true, inset: 10 },
    y: { domain: names, label: null, padding: 0.3 },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: width < 600 ? 4 : 6 }),
      Plot.axisX({
        ...text,
        ticks: width < 600 ? 4 : 6,
        tickFormat: shortNumber,
        tickPadding: 8,
        labelArrow: "none",
        labelAnchor: "right",
      }),
      Plot.axisY({ ...text, fill: "var(--ink)", tickFormat: label, tickPadding: 8 }),
      Plot.tickX(
        rows.filter(({ target }) => target !== null),
        { x: "target", y: "name", stroke: "var(--ink)", strokeDasharray: "3 3", strokeWidth: 1.5 },
      ),
      Plot.dot(
        rows.flatMap((row) => row.seeds.map((seed) => ({ row, name: row.name, mean: seed.mean }))),
        {
          x: "mean",
          y: "name",
          r: 3,
          fill: (dot: { row: JobResult }) => seriesColor(indexOf(dot.row)),
          fillOpacity: 0.45,
        },
      ),
      ...intervals.flatMap(({ row, interval }) => {
        const style = { stroke: seriesColor(indexOf(row)), strokeWidth: 2.25 };
        return [
          Plot.link([row], { x1: interval[0], x2: interval[1], y1: "name", y2: "name", ...style }),
          Plot.text([row], { x: interval[0], y: "name", text: () => "┃", fill: style.stroke, fontSize: 9 }),
          Plot.text([row], { x: interval[1], y: "name", text: () => "┃", fill: style.stroke, fontSize: 9 }),
        ];
      }),
      ...rows.map((row, index) =>
        Plot.dot([row], {
          x: "mean",
          y: "name",
          r: 4.5,
          fill: seriesColor(index),
          stroke: "var(--paper)",
          strokeWidth: 1,
        }),
      ),
      Plot.dot(
        rows.flatMap((row) => row.published.map(({ value }) => ({ name: row.name, value }))),
        { x: "value", y: "name", symbol: "diamond", r: 5, stroke: "var(--ink)", strokeWidth: 1.25 },
      ),
      ...legend.marks,
    ],
  });
}
