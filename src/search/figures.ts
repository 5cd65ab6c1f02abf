// The figures of a search: trials over time with the best so far, and each option's values with what came of them.

import * as Plot from "@observablehq/plot";
import { draw, flow, frame, shortNumber, type Size } from "../runs/figures.ts";
import { spacedWords } from "../text/names.ts";
import { show } from "../training/option-values.ts";
import { shortened } from "../text/values.ts";
import type { Standing } from "./search.ts";
import { axesOf, pointOf, type Axis } from "./space.ts";

/** A result in the course of a search. */
export interface Moment {
  readonly seconds: number;
  readonly value: number;
  readonly rung: number;
  readonly trial: number;
}

/** Rungs by the colour of their dots: the further, the darker. */
const rungColor = (rung: number, last: number): string =>
  `var(--scale${3 + Math.round((4 * rung) / Math.max(1, last))})`;

/** Results over seconds, and the best so far of those on the last rung with results. */
export function progressFigure(
  moments: readonly Moment[],
  rungNames: readonly string[],
  usual: number | null,
  size: Size,
): string {
  const last = rungNames.length - 1;
  const ends = Math.max(1, moments.at(-1)?.seconds ?? 0);
  let best = -Infinity;
  const leading = moments
    .filter(({ rung }) => rung === last)
    .map(({ seconds, value }) => ({ seconds, value: (best = Math.max(best, value)) }));
  const line = leading.length === 0 ? [] : [...leading, { seconds: ends, value: best }];
  const legend = flow(
    [
      ...rungNames.map((name, rung) => ({ text: `● ${name}`, color: rungColor(rung, last) })),
      { text: "best so far", color: "var(--accent)", line: { dash: undefined } },
      ...(usual === null ? [] : [{ text: "usual", color: "var(--second)", line: { dash: "5 4" } }]),
    ],
    size.width - 60,
  );
  const isNarrow = size.width < 600;
  const inMinutes = ends >= 180;
  const x = ({ seconds }: { seconds: number }) => (inMinutes ? seconds / 60 : seconds);
  return draw({
    ...size,
    marginLeft: 52,
    marginRight: 20,
    marginTop: 32 + 16 * legend.rows,
    marginBottom: 40,
    x: { domain: [0, inMinutes ? ends / 60 : ends], label: `${inMinutes ? "minutes" : "seconds"} of search` },
    y: { label: "return", nice: true },
    marks: [
      ...frame({ x: isNarrow ? 4 : 8, y: 6 }),
      ...(usual === null ? [] : [Plot.ruleY([usual], { stroke: "var(--second)", strokeDasharray: "5 4", strokeWidth: 1.5 })]), // prettier-ignore
      Plot.dot(moments, { x, y: "value", r: isNarrow ? 2.5 : 3.5, fill: ({ rung }: Moment) => rungColor(rung, last) }),
      Plot.line(line, { x, y: "value", curve: "step-after", stroke: "var(--accent)", strokeWidth: 2 }),
      ...legend.marks,
    ],
  });
}

/** The values of an option: a dot a trial at its highest rung, by the value there. */
export function optionFigure(axis: Axis, standings: readonly Standing[], last: number, size: Size): string {
  const dots = standings.flatMap(({ trial, rung, value }) => {
    if (value === null) return [];
    const [place] = pointOf([axis], trial.values);
    // Dots of the same value stand beside each other.
    const aside = 0.5 + (((trial.id * 0.618034) % 1) - 0.5) * 0.5;
    const count = "values" in axis.range ? axis.range.values.length : 0;
    const at = count === 0 ? place : axis.choices > 0 ? (place + aside) / count : place + (aside - 0.5) / count;
    return [{ at, value, rung }];
  });
  const ticks = ticksOf(axis);
  return draw({
    ...size,
    marginLeft: 44,
    marginRight: 14,
    marginTop: 14,
    marginBottom: 28,
    x: { domain: [0, 1], axis: null },
    y: { label: null, nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ fill: "var(--muted)", tickSize: 0, tickFormat: shortNumber, ticks: 4, tickPadding: 6, label: null }),
      ...ticks.map(
        ({ at, text }) =>
        Plot.text([text], { x: [at], frameAnchor: "bottom", dy: 18, fill: "var(--muted)", textAnchor: at === 0 ? "start" : at === 1 ? "end" : "middle" }), // prettier-ignore
      ),
      Plot.dot(
        [...dots].sort((a, b) => a.rung - b.rung),
        { x: "at", y: "value", r: 3, fill: ({ rung }: { rung: number }) => rungColor(rung, last) },
      ),
    ],
  });
}

/** Values below the axis; of many, every second or third. */
function ticksOf(axis: Axis): { at: number; text: string }[] {
  const { range } = axis;
  if ("values" in range) {
    const stride = Math.ceil(range.values.length / 6);
    return range.values.flatMap((value, i) =>
      i % stride === 0 ? [{ at: (i + 0.5) / range.values.length, text: shortened(show(value), 9) }] : [],
    );
  }
  const middle = range.scale === "linear" ? (range.low + range.high) / 2 : undefined;
  const sense =
    range.scale === "logarithmic"
      ? Math.sqrt(range.low * range.high)
      : (middle ?? 1 - Math.sqrt((1 - range.low) * (1 - range.high)));
  return [range.low, Number(sense.toPrecision(2)), range.high].map((value) => ({
    at: value === range.low ? 0 : value === range.high ? 1 : pointOf(axesOf({ [axis.name]: range }), { [axis.name]: value })[0], // prettier-ignore
    text: range.scale === "nearOne" ? String(value) : shortNumber(value),
  }));
}

/** "learning rate", as it stands above a figure. */
export const optionTitle = (axis: Axis): string => spacedWords(axis.name);
