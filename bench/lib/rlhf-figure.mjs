// The truth and the reward against √KL, one line for each β and dots for the best of n, as an SVG file of its own.

import * as Plot from "@observablehq/plot";
import { draw, flow, frame, seriesColor, standaloneSvg } from "../../dist/runs/figures.js";

const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** The course of runs of one β: means over seeds of every iteration, over five iterations each, which are noisy. */
function course(runs) {
  const count = Math.min(...runs.map(({ steps }) => steps.length));
  const of = (i, key) => mean(runs.map(({ steps }) => mean(steps.slice(Math.max(0, i - 4), i + 1).map((step) => step[key])))); // prettier-ignore
  return Array.from({ length: count }, (_, i) => ({ d: Math.sqrt(Math.max(0, of(i, "kl"))), truth: of(i, "truth"), proxy: of(i, "proxy") })); // prettier-ignore
}

/** @param results runs of `bench/rlhf.mjs` with the reward model that ships; with those of the best of n, if any */
export function overOptimizationFigure(results) {
  const betas = [...new Set(results.filter(({ part }) => part === "beta").map(({ beta }) => beta))];
  const best = results.find(({ part }) => part === "best-of-n")?.points ?? [];
  const legend = flow(
    [
      ...betas.map((beta, i) => ({ text: `β = ${beta}`, color: seriesColor(i), line: { dash: undefined } })),
      ...(best.length > 0 ? [{ text: "● best of n", color: "var(--ink)" }] : []),
      { text: "truth solid, reward dashed", color: "var(--muted)" },
    ],
    660,
  );
  const points = best.map(({ kl, ...rest }) => ({ d: Math.sqrt(kl), ...rest }));
  const svg = draw({
    width: 760,
    height: 420,
    marginLeft: 44,
    marginRight: 20,
    marginTop: 18 + 16 * legend.rows,
    marginBottom: 40,
    x: { label: "√KL of a text to the reference, in √nats", zero: true },
    y: { label: null, nice: true },
    marks: [
      ...frame({ x: 8, y: 6 }),
      Plot.ruleY([0], { stroke: "var(--muted)" }),
      ...betas.flatMap((beta, i) => {
        const data = course(results.filter((r) => r.part === "beta" && r.beta === beta));
        const line = (y, dash) => Plot.line(data, { x: "d", y, stroke: seriesColor(i), strokeWidth: 2, strokeDasharray: dash }); // prettier-ignore
        return [line("truth"), line("proxy", "3 4")];
      }),
      Plot.dot(points, { x: "d", y: "truth", r: 3, fill: "var(--ink)" }),
      Plot.dot(points, { x: "d", y: "proxy", r: 3, stroke: "var(--ink)" }),
      ...legend.marks,
    ],
  });
  return standaloneSvg(svg, "Truth and reward against √KL for each β");
}
