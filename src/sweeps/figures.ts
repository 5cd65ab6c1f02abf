// The figures of a sweep: learning curves by setting, and parallel coordinates over the options that vary.

import * as Plot from "@observablehq/plot";
import { draw, shortNumber } from "../runs/figures.ts";
import type { Size } from "../runs/figures.ts";
import { curvesFigure } from "../suites/figures.ts";
import { spacedWords } from "../text/names.ts";
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
const fewTicks = 5;

interface Axis {
  readonly name: string;
  /** From 0, at the bottom, to 1; null of a setting that lacks the option. */
  place(result: SettingResult): number | null;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** An axis of an option: numbers in their order, other values in the order in which settings have them. */
function optionAxis(name: string, results: readonly SettingResult[]): Axis {
  const values = results.map((result) => result.values[name]).filter((value) => value !== undefined);
  const known = new Map(values.map((value) => [JSON.stringify(value), value]));
  const distinct = [...known.values()];
  const numbers = distinct.filter((value): value is number => typeof value === "number").sort((a, b) => a - b);
  const areNumbers = numbers.length === distinct.length;
  if (areNumbers && numbers.length > mostEven) return { ...numberAxis(name, numbers), place: ({ values: of }) => scaled(numbers, of[name] as number | undefined) }; // prettier-ignore
  const others = distinct.filter((value) => typeof value !== "number");
  const order = [...others, ...numbers].map((value) => JSON.stringify(value));
  const at = (index: number) => (order.length === 1 ? 0.5 : index / (order.length - 1));
  return {
    name,
    place: ({ values: of }) => (of[name] === undefined ? null : at(order.indexOf(JSON.stringify(of[name])))),
    ticks: order.map((key, index) => ({ at: at(index), text: valueText(known.get(key)) })),
  };
}

const valueText = (value: unknown): string => (typeof value === "number" ? tickText(value) : show(value));

/** As it was written, where that is short: 0.0003, 1e-7, 20000. */
const tickText = (value: number): string =>
  String(value).length <= 7 ? String(value).replace("-", "−").replace("e-", "e−") : shortNumber(value);

/** Whether numbers are so far apart that only their logarithms can be told apart. */
const isWide = (numbers: readonly number[]): boolean =>
  Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) >= 20;

function scaled(numbers: readonly number[], value: number | undefined): number | null {
  if (value === undefined) return null;
  const of = isWide(numbers) ? Math.log : (x: number) => x;
  const [low, high] = [of(Math.min(...numbers)), of(Math.max(...numbers))];
  return high === low ? 0.5 : (of(value) - low) / (high - low);
}

function numberAxis(name: string, numbers: readonly number[]): Pick<Axis, "name" | "ticks"> {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const from = (share: number) => (isWide(numbers) ? low * Math.exp(share * Math.log(high / low)) : low + share * (high - low)); // prettier-ignore
  const ticks = Array.from({ length: fewTicks }, (_, i) => i / (fewTicks - 1));
  return { name, ticks: ticks.map((at) => ({ at, text: shortNumber(Number(from(at).toPrecision(3))) })) };
}

/** How far lines of equal values lie apart at most, so that each can be followed. */
const spread = 0.045;

/**
 * Parallel coordinates: a line a setting, from option to option, and last its interquartile mean over seeds, by which it
 * is coloured. Settings without results are left out.
 *
 * @param results of one environment, the best first
 */
export function parallelCoordinates(results: readonly SettingResult[], varies: readonly string[], size: Size): string {
  const drawn = results.filter(({ interquartileMean }) => interquartileMean !== null);
  const scores = drawn.map(({ interquartileMean }) => interquartileMean!);
  const last: Axis = {
    ...numberAxisOfScores(scores),
    place: ({ interquartileMean }) => share(scores, interquartileMean!),
  };
  const axes = [...varies.map((name) => optionAxis(name, drawn)), last];
  const isNarrow = size.width < 600;
  // The last first, so that the best lies above the others.
  const lines = drawn.toReversed().flatMap((result, index) => {
    const shift = drawn.length < 2 ? 0 : spread * (index / (drawn.length - 1) - 0.5);
    return axes.flatMap((axis, column) => {
      const at = axis.place(result);
      const isLast = column === axes.length - 1;
      return at === null ? [] : [{ setting: result.name, column, at: isLast ? at : at + shift, color: share(scores, result.interquartileMean!), isBest: result === drawn[0] }]; // prettier-ignore
    });
  });
  const halo = { stroke: "var(--paper)", strokeWidth: 4, strokeLinejoin: "round" } as const;
  const ticks = axes.flatMap(({ ticks }, column) => ticks.map((tick) => ({ ...tick, column })));
  const heads = axes.map(({ name }, column) => ({ text: spacedWords(name), column }));
  // Names that would touch their neighbours stand on two rows in turn.
  const room = (size.width - 90) / Math.max(1, axes.length - 1);
  const isTight = heads.some(({ text }) => 6.8 * text.length > room);
  const anchor = (column: number) => (column === 0 ? "start" : column === axes.length - 1 ? "end" : "middle");
  return draw({
    ...size,
    marginLeft: 30,
    marginRight: isNarrow ? 46 : 60,
    marginTop: isTight ? 46 : 30,
    marginBottom: 14,
    x: { type: "linear", domain: [0, axes.length - 1], axis: null },
    y: { domain: [-spread, 1 + spread], axis: null },
    marks: [
      Plot.ruleX(axes.map((_, column) => column), { stroke: "var(--line)", strokeWidth: 1.25 }), // prettier-ignore
      Plot.line(lines, {
        x: "column",
        y: "at",
        z: "setting",
        curve: "monotone-x",
        stroke: ({ color }: { color: number }) => colorOfShare(color),
        strokeWidth: ({ isBest }: { isBest: boolean }) => (isBest ? 3 : 1.6),
        strokeOpacity: 0.9,
      }),
      ...ticks.map(({ at, text, column }) =>
        Plot.text([text], { x: [column], y: [at], dx: 7, textAnchor: "start", fill: "var(--ink)", ...halo }),
      ),
      ...heads.map(({ text, column }) =>
        Plot.text([text], {
          x: [column],
          y: [1 + spread],
          dx: column === 0 ? -28 : column === axes.length - 1 ? (isNarrow ? 44 : 58) : 0,
          dy: -12 - (isTight && column % 2 === 1 ? 16 : 0),
          textAnchor: anchor(column),
          fill: "var(--muted)",
        }),
      ),
    ],
  });
}

const share = (scores: readonly number[], score: number): number => {
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  return high === low ? 1 : (score - low) / (high - low);
};

function numberAxisOfScores(scores: readonly number[]): Pick<Axis, "name" | "ticks"> {
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const name = "IQM of return";
  if (high === low) return { name, ticks: [{ at: 1, text: shortNumber(high) }] };
  const ticks = Array.from({ length: fewTicks }, (_, i) => i / (fewTicks - 1));
  return { name, ticks: ticks.map((at) => ({ at, text: shortNumber(low + at * (high - low)) })) };
}
