// The figures of a sweep: learning curves by setting, and parallel coordinates over the options that vary.

import * as Plot from "@observablehq/plot";
import { draw, shortNumber } from "../runs/figures.ts";
import type { Size } from "../runs/figures.ts";
import { curvesFigure } from "../suites/figures.ts";
import { spacedWords } from "../text/names.ts";
import { shortened } from "../text/values.ts";
import { show } from "../training/option-values.ts";
import type { CollectedSetting, SettingResult } from "./results.ts";

/** Lines that eyes can tell apart; the rest stays grey. */
const mostCurves = 8;

/** Learning curves by setting, of which the first are the best. */
export const sweepCurves = (settings: readonly CollectedSetting[], size: Size): string =>
  curvesFigure(settings.slice(0, mostCurves), size, settings.slice(mostCurves));

/** From the lowest result to the highest. */
export const scaleColors = {
  light: ["#c3cbd6", "#a6b9d6", "#86a6d8", "#5f8ed6", "#3573cd", "#1a57b0", "#0b3a86"],
  dark: ["#46505c", "#4a6184", "#4d74ab", "#5489cf", "#6ba2ee", "#98c2fb", "#d3e6ff"],
} as const;

const colorOfShare = (share: number): string => `var(--scale${1 + Math.round(share * (scaleColors.light.length - 1))})`;

/** The colours as CSS custom properties, by name. */
export const namedScale = (colors: readonly string[]): Record<string, string> =>
  Object.fromEntries(colors.map((color, i) => [`scale${i + 1}`, color]));

/** Values of an option that stand evenly on its axis; of more, each stands where its number is. */
const mostEven = 9;
/** Ticks of an axis whose values stand where their numbers are. */
const evenTicks = [0, 0.25, 0.5, 0.75, 1];

/** Characters of a value that an axis shows. */
const longestTick = 16;

interface Axis {
  /** What stands above it. */
  readonly name: string;
  /** From 0, at the bottom, to 1; null of a setting that lacks the option. */
  place(result: SettingResult): number | null;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** An axis of an option: numbers in their order, other values in the order of the settings. */
function optionAxis(option: string, settings: readonly SettingResult[]): Axis {
  const name = spacedWords(option);
  const values = settings.map((result) => result.values[option]).filter((value) => value !== undefined);
  const known = new Map(values.map((value) => [JSON.stringify(value), value]));
  const distinct = [...known.values()];
  const numbers = distinct.filter((value): value is number => typeof value === "number").sort((a, b) => a - b);
  if (numbers.length === distinct.length && numbers.length > mostEven)
    return {
      name,
      place: ({ values: of }) => (of[option] === undefined ? null : shareOf(numbers, of[option] as number)),
      ticks: evenTicks.map((at) => ({ at, text: shortNumber(Number(atShare(numbers, at).toPrecision(3))) })),
    };
  const others = distinct.filter((value) => typeof value !== "number");
  const order = [...others, ...numbers].map((value) => JSON.stringify(value));
  const at = (index: number) => (order.length === 1 ? 0.5 : index / (order.length - 1));
  return {
    name,
    place: ({ values: of }) => (of[option] === undefined ? null : at(order.indexOf(JSON.stringify(of[option])))),
    ticks: order.map((key, index) => ({ at: at(index), text: valueText(known.get(key)) })),
  };
}

const valueText = (value: unknown): string =>
  typeof value === "number" ? tickText(value) : shortened(show(value) || "none", longestTick);

/** As it was written, where that is short: 0.0003, 1e-7, 20000. */
const tickText = (value: number): string =>
  String(value).length <= 7 ? String(value).replace("-", "−").replace("e-", "e−") : shortNumber(value);

/** Whether numbers are so far apart that only their logarithms can be told apart. */
const isWide = (numbers: readonly number[]): boolean =>
  Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) >= 20;

/** Where a number stands between the least and the greatest, from 0 to 1. */
function shareOf(numbers: readonly number[], value: number): number {
  const scale = isWide(numbers) ? Math.log : (x: number) => x;
  const [low, high] = [scale(Math.min(...numbers)), scale(Math.max(...numbers))];
  return high === low ? 1 : (scale(value) - low) / (high - low);
}

/** The number that stands there. */
function atShare(numbers: readonly number[], share: number): number {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return isWide(numbers) ? low * Math.exp(share * Math.log(high / low)) : low + share * (high - low);
}

/** How far lines of equal values lie apart at most, so that each can be followed. */
const spread = 0.045;

/**
 * Parallel coordinates: a line a setting, from option to option, and last its interquartile mean over seeds, by which it
 * is coloured. Settings without results are left out.
 *
 * @param settings of one environment, in the order of the sweep
 * @param size below a width of 600 the axes lie one below the other, and the height is what they need
 */
export function parallelCoordinates(settings: readonly SettingResult[], varies: readonly string[], size: Size): string {
  const drawn = settings
    .filter(({ interquartileMean }) => interquartileMean !== null)
    .sort((a, b) => b.interquartileMean! - a.interquartileMean!);
  const axes = [...varies.map((option) => optionAxis(option, settings)), scoreAxis(drawn)];
  // The last first, so that the best lies above the others.
  const lines = drawn.toReversed().flatMap((result, index): Vertex[] => {
    const shift = drawn.length < 2 ? 0 : spread * (index / (drawn.length - 1) - 0.5);
    const line = { setting: result.name, color: axes.at(-1)!.place(result)!, isBest: result === drawn[0] };
    return axes.flatMap((axis, column) => {
      const at = axis.place(result);
      return at === null ? [] : [{ ...line, column, at: column === axes.length - 1 ? at : at + shift }];
    });
  });
  return size.width < 600 ? lyingAxes(axes, lines, size.width) : standingAxes(axes, lines, size);
}

/** Where the line of a setting meets an axis. */
interface Vertex {
  readonly setting: string;
  readonly column: number;
  readonly at: number;
  /** From 0 to 1. */
  readonly color: number;
  readonly isBest: boolean;
}

const lineStyle = {
  z: "setting",
  stroke: ({ color }: Vertex) => colorOfShare(color),
  strokeWidth: ({ isBest }: Vertex) => (isBest ? 3 : 1.6),
  strokeOpacity: 0.9,
} as const;
const axisStyle = { stroke: "var(--line)", strokeWidth: 1.25 } as const;
const tickStyle = { fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 4, strokeLinejoin: "round" } as const;
const along = { domain: [-spread, 1 + spread], axis: null } as const;
const columnsOf = (axes: readonly Axis[]): number[] => axes.map((_, column) => column);
const side = (share: number): "start" | "middle" | "end" => (share === 0 ? "start" : share === 1 ? "end" : "middle");

/** Axes side by side. */
function standingAxes(axes: readonly Axis[], lines: readonly Vertex[], size: Size): string {
  const last = axes.length - 1;
  // Names that would touch their neighbours stand on two rows in turn.
  const isTight = axes.some(({ name }) => 6.8 * name.length > (size.width - 90) / Math.max(1, last));
  return draw({
    ...size,
    marginLeft: 30,
    marginRight: 60,
    marginTop: isTight ? 46 : 30,
    marginBottom: 14,
    x: { type: "linear", domain: [0, last], axis: null },
    y: along,
    marks: [
      Plot.ruleX(columnsOf(axes), axisStyle),
      Plot.line(lines, { x: "column", y: "at", curve: "monotone-x", ...lineStyle }),
      ...axes.flatMap(({ name, ticks }, column) => [
        ...ticks.map(({ at, text }) =>
          Plot.text([text], { x: [column], y: [at], dx: 7, textAnchor: "start", ...tickStyle }),
        ),
        Plot.text([name], {
          x: [column],
          y: [1 + spread],
          dx: column === 0 ? -28 : column === last ? 58 : 0,
          dy: -12 - (isTight && column % 2 === 1 ? 16 : 0),
          textAnchor: side(column / last),
          fill: "var(--muted)",
        }),
      ]),
    ],
  });
}

/** Pixels from an axis to the next where they lie one below the other. */
const lyingDistance = 92;

/** Axes one below the other, where there is no room side by side; the figure is as high as they need. */
function lyingAxes(axes: readonly Axis[], lines: readonly Vertex[], width: number): string {
  const last = axes.length - 1;
  return draw({
    width,
    height: 50 + lyingDistance * last,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 24,
    marginBottom: 26,
    x: along,
    y: { type: "linear", domain: [last, 0], axis: null },
    marks: [
      Plot.ruleY(columnsOf(axes), axisStyle),
      Plot.line(lines, { x: "at", y: "column", ...lineStyle }),
      ...axes.flatMap(({ name, ticks }, column) => [
        ...ticks.map(({ at, text }) =>
          Plot.text([text], { x: [at], y: [column], dy: 12, textAnchor: side(at), ...tickStyle }),
        ),
        Plot.text([name], {
          x: [-spread],
          y: [column],
          dy: -10,
          textAnchor: "start",
          ...tickStyle,
          fill: "var(--muted)",
        }),
      ]),
    ],
  });
}

function scoreAxis(drawn: readonly SettingResult[]): Axis {
  const scores = drawn.map(({ interquartileMean }) => interquartileMean!);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const at = high === low ? [1] : evenTicks;
  return {
    name: "IQM of return",
    place: ({ interquartileMean }) => (high === low ? 1 : (interquartileMean! - low) / (high - low)),
    ticks: at.map((share) => ({ at: share, text: shortNumber(low + share * (high - low)) })),
  };
}
