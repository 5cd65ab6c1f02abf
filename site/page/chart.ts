// Curves of numbers that keep coming, by uPlot: it redraws four series of 1,000 points in about a millisecond.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Line {
  readonly label: string;
  /** The name of a colour of the page: var(--name). */
  readonly colour: string;
  /** Points alone, or a line. Default "line". */
  readonly as?: "points" | "line" | "dashes";
}

export interface Chart {
  /** x, then y of each line. */
  set(data: readonly (readonly (number | null)[])[]): void;
}

export interface ChartOptions {
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  readonly height?: number;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly yRange?: readonly [number, number];
  readonly xRange?: readonly [number, number];
}

const cssValue = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The canvas resolves no light-dark(): a probe's colour is what the browser makes of it. */
function colourOf(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = cssValue(name);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Of a logarithmic axis, the powers of ten. */
const powers = (_: uPlot, splits: number[]): (number | null)[] =>
  splits.map((split) => (/^1(0*|e[+-]?\d+)$|^0\.0*1$/.test(String(split)) ? split : null));

/** A chart that fills the width of an element. */
export function createChart(element: HTMLElement, options: ChartOptions): Chart {
  const { height = 220, lines, logX, logY, yRange, xRange } = options;
  element.style.minHeight = `${height}px`;
  let plot: uPlot | undefined;
  let data: uPlot.AlignedData = [[], ...lines.map(() => [])];
  const make = (): void => {
    plot?.destroy();
    plot = undefined;
    if (data[0].length === 0) return; // without numbers its axes have no place yet
    const [ink, faint] = [colourOf("muted"), colourOf("line")];
    const axis = (label: string, isLog = false): uPlot.Axis => ({
      label,
      stroke: ink,
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      labelSize: 18,
      grid: { stroke: faint, width: 1, ...(isLog && { filter: powers }) },
      ticks: { stroke: faint, width: 1, size: 4, ...(isLog && { filter: powers }) },
      ...(isLog && { filter: powers }),
    });
    plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        cursor: { show: false },
        legend: { show: false },
        padding: [8, 20, 0, 0],
        scales: {
          x: { time: false, distr: logX ? 3 : 1, ...(xRange && { range: [...xRange] as [number, number] }) },
          y: { distr: logY ? 3 : 1, ...(yRange && { range: [...yRange] as [number, number] }) },
        },
        axes: [
          { ...axis(options.x, logX), size: 34 },
          { ...axis(options.y, logY), size: 48 },
        ],
        series: [
          {},
          ...lines.map(({ label, colour, as = "line" }): uPlot.Series => {
            const stroke = colourOf(colour);
            return as === "points"
              ? {
                  label,
                  paths: () => null,
                  points: { show: true, size: 4, stroke: "transparent", fill: stroke, width: 0 },
                }
              : {
                  label,
                  stroke,
                  width: 2,
                  points: { show: false },
                  spanGaps: true,
                  ...(as === "dashes" && { dash: [5, 5] }),
                };
          }),
        ],
      },
      data,
      element,
    );
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
  new ResizeObserver(() => {
    if (plot && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height });
  }).observe(element);
  return {
    set(next) {
      data = next as uPlot.AlignedData;
      if (plot && data[0].length > 0) plot.setData(data);
      else make();
    },
  };
}
