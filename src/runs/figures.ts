// The figures of a run as SVG text, drawn by Observable Plot. They take plain arrays, and colours from CSS variables
// (see figureColors), so that one drawing serves light and dark pages.

import type { MetricAxis } from "../algorithms/index.ts";
import * as Plot from "@observablehq/plot";
import { decimal } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import { cssVariables, escapeXml } from "./markup.ts";
import { SvgDocument, type SvgElement } from "./svg-document.ts";

/** Colours of lines side by side: ΔE of 15 or more (CIELAB, rounded), for colour-blind readers too. */
const seriesColors = {
  light: ["#0b5fc4", "#b83200", "#2b9348", "#c255b0", "#b88600", "#1f9bd6", "#1f2328", "#868e96"],
  dark: ["#3f8cff", "#ff8a4c", "#2fbf8b", "#e48bd0", "#f2d24b", "#8ed4ff", "#f0f3f6", "#8b949e"],
} as const;

/** Dashes of the lines: neighbours differ in colour and dashes, and a repeated colour gets other dashes. */
const dashes = [undefined, "7 3", "2.5 2.5", "9 3 2.5 3"] as const;

function numbered(colors: readonly string[]): Record<string, string> {
  return Object.fromEntries(colors.map((color, i) => [`series${i + 1}`, color]));
}

/** The colour of a line among others, by its place; the eight of them come again. */
export const seriesColor = (index: number): string => `var(--series${(index % seriesColors.light.length) + 1})`;

/** The dashes of a line among others, by its place: see {@link seriesColor}. */
export const seriesDash = (index: number): string | undefined =>
  dashes[(index + Math.floor(index / seriesColors.light.length)) % dashes.length];

/** Colours of the figures, as CSS custom properties: for a page, or inside an SVG that stands alone. */
export const figureColors = {
  light: {
    ink: "#22262b",
    muted: "#6b727b",
    line: "#e3e5e8",
    paper: "#ffffff",
    accent: "#1f6feb",
    second: "#c2410c",
    goal: "#2f855a",
    ...numbered(seriesColors.light),
  },
  dark: {
    ink: "#e4e7eb",
    muted: "#98a1ac",
    line: "#2e343c",
    paper: "#1b1f24",
    accent: "#6cb0ff",
    second: "#f0a36b",
    goal: "#68c994",
    ...numbered(seriesColors.dark),
  },
} as const;

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** What the figure of a learning curve shows, over steps or over seconds of training. */
export interface LearningCurve {
  /** Each episode's return, at the step at which it ended. */
  episodes: readonly { step: number; return: number }[];
  /** The mean return over a window of steps. */
  means: readonly { step: number; mean: number }[];
  /** Steps of the window. */
  windowSteps: number;
  /** The mean of the last 100 returns after each update. */
  hundreds?: readonly { step: number; mean: number }[];
  /** Mean returns of separate evaluations, where training made any. */
  evaluations?: readonly { step: number; mean: number }[];
  /** The return at which the environment counts as solved. */
  threshold?: number | null;
  /** Where the means over the window, and those of the last 100, reached it. */
  reachedAtStep?: number | null;
  solvedAtStep?: number | null;
  /** What stands in the place of steps. */
  unit?: "seconds";
}

/** One line of a small figure: a metric over the steps of a run. Values that are not finite are left out. */
export interface Series {
  label: string;
  points: readonly { step: number; value: number }[];
}

/** No more marks than a screen can tell apart. */
const mostDots = 1200;
const mostLinePoints = 800;

/** The learning curve: returns of episodes faint, their mean over a window of steps bold, the threshold dashed. */
export function learningCurve(curve: LearningCurve, size: Size): string {
  const { episodes, means, windowSteps, hundreds = [], evaluations = [], threshold = null, unit } = curve;
  const { reachedAtStep = null, solvedAtStep = null } = curve;
  const isNarrow = size.width < 600;
  const lastStep = Math.max(unit ? 1e-3 : 1, episodes.at(-1)?.step ?? 0, means.at(-1)?.step ?? 0, hundreds.at(-1)?.step ?? 0); // prettier-ignore
  const legend = flow(
    [
      ...(episodes.length > 0 ? [{ text: "● return of an episode", color: "var(--muted)" }] : []),
      { text: `mean over ${decimal(windowSteps)} steps`, color: "var(--accent)", line: { dash: undefined } },
      ...(hundreds.length > 0 ? [{ text: "mean of the last 100", color: "var(--second)", line: { dash: "5 3" } }] : []),
      ...(evaluations.length > 0 ? [{ text: "◆ evaluation", color: "var(--ink)" }] : []),
      ...(threshold === null
        ? []
        : [{ text: `threshold ${shortNumber(threshold)}`, color: "var(--goal)", line: { dash: "2 3" } }]),
    ],
    size.width - 60,
  );
  const line = (points: LearningCurve["means"]) =>
    extremes(
      points.map(({ step, mean }) => ({ step, value: mean })),
      mostLinePoints,
    );
  const reached = [
    { at: reachedAtStep, text: unit ? "reached" : "reached at" },
    ...(solvedAtStep === reachedAtStep ? [] : [{ at: solvedAtStep, text: unit ? "over 100" : "over 100 at" }]),
  ].filter((one): one is { at: number; text: string } => one.at !== null);
  return draw({
    ...size,
    marginLeft: 56,
    marginRight: 20,
    marginTop: 32 + 16 * legend.rows,
    marginBottom: 40,
    x: { domain: [0, lastStep], label: unit ? "seconds of training" : "environment steps" },
    y: { label: "return", nice: true, zero: true },
    marks: [
      ...frame({ x: isNarrow ? 4 : 8, y: 6 }),
      Plot.dot(everyNth(episodes, isNarrow ? mostDots / 2 : mostDots), {
        x: "step",
        y: "return",
        r: isNarrow ? 1.2 : 1.6,
        fill: "var(--muted)",
        fillOpacity: 0.4,
      }),
      ...(threshold === null
        ? []
        : [Plot.ruleY([threshold], { stroke: "var(--goal)", strokeDasharray: "2 3", strokeWidth: 1.5 })]),
      ...reached.flatMap(({ at, text }, index) => [
        Plot.ruleX([at], { stroke: "var(--goal)", strokeWidth: 1, strokeOpacity: 0.6 }),
        Plot.text([unit ? `${text}: ${shortNumber(at)} s` : `${text} ${decimal(at)}`], {
          x: [at],
          frameAnchor: "bottom",
          dx: at > lastStep / 2 ? -6 : 6,
          dy: -8 - 16 * index,
          textAnchor: at > lastStep / 2 ? "end" : "start",
          fill: "var(--goal)",
          stroke: "var(--paper)",
          strokeWidth: 4,
        }),
      ]),
      Plot.line(line(hundreds), {
        x: "step",
        y: "value",
        stroke: "var(--second)",
        strokeWidth: 1.5,
        strokeDasharray: "5 3",
      }),
      Plot.line(line(means), { x: "step", y: "value", stroke: "var(--accent)", strokeWidth: 2.5 }),
      Plot.dot(evaluations, { x: "step", y: "mean", symbol: "diamond", r: 4, fill: "var(--ink)" }),
      ...legend.marks,
    ],
  });
}

/**
 * A small figure of one metric, or of a few on one scale. Long series are drawn faint with their moving mean over them.
 *
 * @param xLabel of the horizontal axis; by default it has none
 */
export function metricFigure(
  series: readonly Series[],
  size: Size,
  { range, zero = false, wide = false }: MetricAxis = {},
  xLabel: string | null = null,
): string {
  const [low, high] = range ?? [-Infinity, Infinity];
  const colors = ["var(--accent)", "var(--second)", "var(--goal)"];
  const colorOf = (index: number) => (series.length > colors.length ? seriesColor(index) : colors[index]);
  const legend = flow(
    series.length > 1 ? series.map(({ label }, index) => ({ text: `━━ ${label}`, color: colorOf(index) })) : [],
    size.width - 60,
  );
  const powers = wide ? powersOf(series.flatMap(({ points }) => points.map(({ value }) => value))) : null;
  const marks = series.flatMap(({ points }, index) => {
    const stroke = colorOf(index);
    const kept = points
      .filter(({ value }) => Number.isFinite(value))
      .map(({ step, value }) => ({ step, value: Math.min(high, Math.max(low, value)) }));
    const smooth = movingMean(kept);
    const line = (data: typeof kept, strokeOpacity: number, strokeWidth: number) =>
      Plot.line(extremes(data, size.width), { x: "step", y: "value", stroke, strokeOpacity, strokeWidth });
    return smooth === null ? [line(kept, 1, 1.75)] : [line(kept, 0.28, 1), line(smooth, 1, 1.75)];
  });
  const lastStep = Math.max(1, ...series.map(({ points }) => points.at(-1)?.step ?? 0));
  return draw({
    ...size,
    marginLeft: 44,
    marginRight: 16,
    marginTop: (series.length > 1 ? 10 : 24) + 16 * legend.rows,
    marginBottom: xLabel === null ? 24 : 38,
    x: { domain: [0, lastStep], label: xLabel },
    y: {
      label: series.length > 1 ? null : inOneLine(series[0]?.label ?? ""),
      nice: true,
      zero,
      ...(range ? { domain: [...range] } : {}),
      ...(powers && { type: "log", zero: false }),
    },
    marks: [...frame({ x: 4, y: powers ?? 4 }), ...marks, ...legend.marks],
  });
}

/** An SVG file that stands alone, with its own colours for light and dark, as for a README. */
export function standaloneSvg(svg: string, title: string): string {
  const style =
    `svg{${cssVariables(figureColors.light)};color:var(--ink);font:12px system-ui,sans-serif}` +
    `@media(prefers-color-scheme:dark){svg{${cssVariables(figureColors.dark)}}}`;
  const head = `<title>${escapeXml(title)}</title><style>${style}</style>`;
  return `${svg.replace(/<svg[^>]*>/, (tag) => tag + head)}\n`;
}

interface LegendEntry {
  text: string;
  color: string;
  /** A line before the text: of these dashes, or solid. */
  line?: { dash: string | undefined };
}

/** The length of a legend's line, with the space after it. */
const keyLength = 30;

/** Entries of a legend in as many rows as they need above the frame. */
export function flow(entries: readonly LegendEntry[], width: number) {
  let row = 0;
  let x = 0;
  const placed = entries.map((entry) => {
    const key = entry.line ? keyLength : 0;
    const length = key + 6.4 * entry.text.length + 18;
    if (x > 0 && x + length > width) {
      row++;
      x = 0;
    }
    const place = { ...entry, row, x, key };
    x += length;
    return place;
  });
  const rows = entries.length === 0 ? 0 : row + 1;
  const marks = placed.flatMap(({ text, color, line, x, key, row }) => {
    const dy = -16 * (rows - row) - 2;
    return [
      Plot.text([text], { frameAnchor: "top-left", dx: x + key, dy, fill: color }),
      ...(line ? [legendLine(x, dy, color, line.dash)] : []),
    ];
  });
  return { rows, marks };
}

function legendLine(dx: number, dy: number, color: string, dash: string | undefined): Plot.RenderFunction {
  return (_index, _scales, _values, { marginLeft, marginTop }, { document }) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${marginLeft + dx},${marginTop + dy + 4.5}h${keyLength - 6}`);
    path.setAttribute("stroke", color);
    path.setAttribute("stroke-width", "2.25");
    if (dash) path.setAttribute("stroke-dasharray", dash);
    return path;
  };
}

/**
 * Powers of ten among values that are above 0 and span two of them or more, as ticks of a logarithmic axis; null of
 * others, whose axis is linear.
 */
function powersOf(values: readonly number[]): number[] | null {
  const [low, high] = values.reduce(([a, b], x) => (Number.isFinite(x) ? [Math.min(a, x), Math.max(b, x)] : [a, b]), [Infinity, -Infinity]); // prettier-ignore
  if (!(low > 0 && high >= 100 * low)) return null;
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const stride = Math.ceil((last - first) / 5);
  return Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, i) => 10 ** (first + stride * i));
}

/** Axes and a grid that stay in the background. @param ticks how many about; of y also where they are */
export function frame(ticks: { x: number; y: number | number[] }) {
  const text = { fill: "var(--muted)", tickSize: 0, tickFormat: shortNumber };
  return [
    Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: ticks.y }),
    Plot.axisY({ ...text, ticks: ticks.y, tickPadding: 6 }),
    Plot.axisX({ ...text, ticks: ticks.x, tickPadding: 8, labelArrow: "none", labelAnchor: "right" }),
  ];
}

/** A figure as SVG text. */
export function draw(options: Plot.PlotOptions): string {
  const document = new SvgDocument() as unknown as Document;
  const figure = Plot.plot({ ...options, document, className: "plot" }) as unknown as SvgElement;
  for (const child of figure.childNodes.slice())
    if (typeof child !== "string" && child.tagName === "style") child.remove();
  figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  figure.setAttribute("role", "img");
  // A tenth of a pixel is as fine as a screen shows, and halves the file. Only within tags: text is for people.
  const round = (value: string) => String(Number(Number(value).toFixed(1)));
  return figure.outerHTML.replace(/<[^>]+>/g, (tag) => tag.replace(/-?\d+\.\d{2,}/g, round));
}

/** Of 10³, 10⁶, 10⁹ and 10¹². */
const compactUnits = ["k", "M", "B", "T"];

/** A number as an axis shows it: 12.5, 100k, −200. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-5) return value.toExponential(1).replace(".0e", "e").replace("-", "−").replace("e-", "e−");
  if (size < 1000) return String(Number(value.toPrecision(3))).replace("-", "−");
  if (size >= 9.995e14 && size < Infinity)
    return Number(value.toPrecision(3)).toExponential().replace("-", "−").replace("e+", "e");
  if (!(size < 1e14))
    return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 }).replace("-", "−");
  const [mantissa, exponent] = size.toExponential(2).split("e");
  const thousands = Math.floor(Number(exponent) / 3);
  const digits = Number(`${mantissa}e${Number(exponent) % 3}`);
  return `${value < 0 ? "−" : ""}${digits}${compactUnits[thousands - 1]}`;
}

/** Evenly chosen items, so that a cloud of points keeps its shape. */
export function everyNth<T>(items: readonly T[], most: number): readonly T[] {
  const stride = Math.ceil(items.length / most);
  return stride <= 1 ? items : items.filter((_, index) => index % stride === 0);
}

/** A line with fewer points: the lowest and the highest of each stretch, so that no spike is lost. */
export function extremes<T extends { value: number }>(points: readonly T[], most: number): readonly T[] {
  if (points.length <= most) return points;
  const stretches = Math.max(1, Math.floor(most / 2) - 1);
  const kept = new Set<number>([0, points.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = Math.floor((stretch * points.length) / stretches);
    const end = Math.floor(((stretch + 1) * points.length) / stretches);
    let lowest = start;
    let highest = start;
    for (let index = start; index < end; index++) {
      const { value } = points[index];
      if (value < points[lowest].value) lowest = index;
      if (value > points[highest].value) highest = index;
    }
    kept.add(lowest).add(highest);
  }
  return [...kept].sort((a, b) => a - b).map((index) => points[index]);
}

/** The centred mean over a fortieth of a long series; null for a short or constant one, which needs none. */
function movingMean<T extends { value: number }>(points: readonly T[]): T[] | null {
  if (points.length < 120 || points.every(({ value }) => value === points[0]?.value)) return null;
  const reach = Math.round(points.length / 80);
  const sums = [0];
  for (const { value } of points) sums.push((sums.at(-1) as number) + value);
  return points.map((point, index) => {
    const start = Math.max(0, index - reach);
    const end = Math.min(points.length, index + reach + 1);
    return { ...point, value: (sums[end] - sums[start]) / (end - start) };
  });
}
