// The part `growth` as an SVG file of its own: a panel each for units, rows and environments, a line for each program.

import * as Plot from "@observablehq/plot";
import { draw, flow, seriesColor, seriesDash, shortNumber, standaloneSvg } from "../../dist/runs/figures.js";

const [width, height, legendHeight] = [330, 300, 36];
const quiet = { fill: "var(--muted)", tickSize: 0 };
const whole = (x) => x.toLocaleString("en");

/** @param points [{ panel, x, engine, median, min, max }] */
export function growthFigure(points) {
  const engines = [...new Set(points.map(({ engine }) => engine))];
  const panels = [...new Set(points.map(({ panel }) => panel))];
  const total = width * panels.length;
  const colorOf = (engine) => seriesColor(engines.indexOf(engine));
  const panelSvg = (panel, i) => {
    const data = points.filter((p) => p.panel === panel);
    const sizes = [...new Set(data.map(({ x }) => x))];
    const ticks = sizes.filter((_, k) => sizes.length <= 6 || k % 2 === 0);
    const marks = engines.flatMap((engine, k) => {
      const own = data.filter((p) => p.engine === engine);
      return [
        Plot.ruleX(own, { x: "x", y1: "min", y2: "max", stroke: colorOf(engine), strokeOpacity: 0.5 }),
        Plot.line(own, {
          x: "x",
          y: "median",
          stroke: colorOf(engine),
          strokeWidth: 2,
          strokeDasharray: seriesDash(k),
        }),
        Plot.dot(own, { x: "x", y: "median", r: 2.5, fill: colorOf(engine) }),
      ];
    });
    const svg = draw({
      width,
      height,
      marginLeft: 46,
      marginRight: 24,
      marginTop: 26,
      marginBottom: 40,
      x: { type: "log", base: 2, label: panel },
      y: { type: "log", label: null },
      marks: [
        Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 4 }),
        Plot.axisY({ ...quiet, ticks: 4, tickPadding: 6, tickFormat: shortNumber }),
        Plot.axisX({ ...quiet, ticks, tickPadding: 8, tickFormat: whole, labelArrow: "none", labelAnchor: "right" }),
        ...marks,
        Plot.text([panel.includes("environments") ? "µs a step" : "µs a row"], {
          frameAnchor: "top-left",
          dy: -18,
          fill: "var(--muted)",
        }),
      ],
    });
    return svg.replace("<svg", `<svg x="${i * width}" y="${legendHeight}"`);
  };
  const entries = engines.map((engine, k) => ({ text: engine, color: colorOf(engine), line: { dash: seriesDash(k) } }));
  const legend = flow(entries, total - 60);
  const head = draw({
    width: total,
    height: legendHeight,
    marginLeft: 46,
    marginRight: 10,
    marginTop: 16 * legend.rows + 10,
    marginBottom: 0,
    axis: null,
    marks: legend.marks,
  });
  const size = `width="${total}" height="${height + legendHeight}" viewBox="0 0 ${total} ${height + legendHeight}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>${head}${panels.map(panelSvg).join("")}</svg>`;
  return standaloneSvg(svg, "What a row or a step costs, as networks, minibatches and environments grow");
}
