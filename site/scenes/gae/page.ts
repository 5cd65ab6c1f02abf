// The scene of generalized advantage estimation.

import { createChart } from "../../page/chart.ts";
import { fixed, whole } from "../../page/numbers.ts";
import { startScene } from "../../page/scene.ts";
import { createFigure, drawScale, roundTicks, scale } from "../../page/svg.ts";
import { fillTable } from "../../page/table.ts";
import { settings, type GaeConfiguration } from "./settings.ts";
import type { GaeSnapshot } from "./simulation.ts";

const table = (id: string): HTMLTableElement => document.querySelector<HTMLTableElement>(`#${id}`)!;

const race = createChart(document.querySelector("#race")!, {
  x: "environment steps",
  y: "mean return",
  height: 240,
  lines: [
    { label: "λ = 0", colour: "red" },
    { label: "λ = 0.5", colour: "orange" },
    { label: "λ = 0.95", colour: "blue" },
    { label: "λ = 1", colour: "violet" },
  ],
});

/** An axis that grows and shrinks by halves, so that it does not jump with every step. */
function rangeOf(values: readonly number[], of: (value: number) => number): number {
  const most = Math.max(...values.map(of), 0);
  let range = 0.25;
  while (range < most) range *= 1.5;
  return most <= 0 ? 0 : range;
}

const bars = createFigure<GaeSnapshot>(
  document.querySelector<SVGSVGElement>("#bars")!,
  (marks, { steps, ends }, width, height) => {
    const all = [...steps.flatMap(({ delta, sum }) => [delta, sum]), ends.monteCarlo];
    const [up, down] = [rangeOf(all, (x) => x), rangeOf(all, (x) => -x)];
    const [left, right] = [44, width - 62];
    const y = scale([-down, up], [height - 24, 10]);
    const ticks = roundTicks(Math.max(up, down)).flatMap((tick) => [tick, -tick]);
    const within = ticks.filter((tick, i) => tick <= up && tick >= -down && ticks.indexOf(tick) === i);
    drawScale(marks, within, y, { left, right, format: (tick) => fixed(tick, up + down < 2 ? 1 : 0) });
    const one = (right - left) / 16;
    const keys = new Set<string>(within.flatMap((_, i) => [`grid ${i}`, `tick ${i}`]));
    const set = (...[key, kind, attributes, text]: Parameters<typeof marks.set>): void => {
      keys.add(key);
      marks.set(key, kind, attributes, text);
    };
    const bar = (key: string, at: number, x: number, wide: number, attributes: object): void =>
      set(key, "rect", { x, width: wide, y: Math.min(y(0), y(at)), height: Math.max(0.5, Math.abs(y(at) - y(0))), ...attributes }); // prettier-ignore
    steps.forEach(({ delta, part }, l) => {
      const x = left + one * l;
      bar(`delta ${l}`, delta, x + 0.12 * one, 0.76 * one, { fill: "var(--line)", "data-term": "delta reward value" });
      bar(`part ${l}`, part, x + 0.12 * one, 0.76 * one, { fill: "var(--blue)", "data-term": "decay" });
      if (l % (width < 500 ? 3 : 1) === 0) set(`l ${l}`, "text", { x: x + one / 2, y: height - 6, "text-anchor": "middle", class: "small" }, String(l)); // prettier-ignore
    });
    const line = steps.map(({ sum }, l) => `${l === 0 ? "M" : "L"}${left + one * (l + 0.5)} ${y(sum)}`).join("");
    set("sum", "path", { d: line, fill: "none", stroke: "var(--orange)", "stroke-width": 2.5, "data-term": "sum" });
    const [td, monteCarlo] = [y(ends.td), y(ends.monteCarlo)];
    for (const [key, at, name] of [
      ["td", td, "TD"],
      ["mc", monteCarlo, "MC"],
    ] as const) {
      set(`${key} line`, "line", {
        x1: left,
        x2: right + 4,
        y1: at,
        y2: at,
        stroke: "var(--muted)",
        "stroke-dasharray": "2 4",
      });
      const apart = Math.abs(td - monteCarlo) < 13 ? (td < monteCarlo === (key === "td") ? -3 : 11) : 4;
      set(`${key} name`, "text", { x: right + 8, y: at + apart, class: "small" }, name);
    }
    set("now", "circle", { cx: right, cy: y(ends.gae), r: 6, fill: "var(--orange)", stroke: "var(--paper)", "stroke-width": 2, "data-term": "sum" }); // prettier-ignore
    marks.keep(keys);
  },
);

startScene<GaeConfiguration, GaeSnapshot>({
  simulation: "gae",
  settings,
  progress: ({ step, totalSteps }) => `Step ${whole(step)} of ${whole(totalSteps)} in each lane`,
  command: ({ seed }) =>
    ["0", "0.5", "0.95", "1"].map((value) => `npx polgrad train a2c CartPole-v1 --envs 1 --rollout 128 --lambda ${value} --steps 30000 --seed ${seed} --strict`).join("\n"), // prettier-ignore
  show(snapshot, { lambda, gamma }) {
    const { steps, ends, standings, step } = snapshot;
    bars.show(snapshot);
    race.set(snapshot.race);
    fillTable(table("bars-table"), steps.map(({ reward, value, delta, part, sum }, l) => [String(l), fixed(reward, 0), ...[value, delta, part, sum].map((x) => fixed(x, 4))])); // prettier-ignore
    fillTable(table("race-table"), standings.map(({ lambda, meanReturn, explained }) => [String(lambda), meanReturn === null ? "–" : fixed(meanReturn, 1), explained === null ? "–" : fixed(explained, 2)])); // prettier-ignore
    const end = lambda === 0 ? " It is TD(0): only δ₀ is left." : lambda === 1 ? " It is the Monte Carlo advantage: values in between cancel." : ""; // prettier-ignore
    const leader = standings.reduce((best, one) => ((one.meanReturn ?? 0) > (best.meanReturn ?? 0) ? one : best));
    return {
      barsSummary: `With λ = ${lambda} the advantage of the first step is ${fixed(ends.gae, 3)}; TD(0) says ${fixed(ends.td, 3)}, Monte Carlo ${fixed(ends.monteCarlo, 3)}.${end}`, // prettier-ignore
      raceSummary:
        step === 0
          ? "Nobody has started: all lanes have the same first weights and the same seed."
          : `After ${whole(step)} steps λ = ${leader.lambda} is ahead with a mean return of ${fixed(leader.meanReturn ?? 0, 1)}.`,
      reward0: fixed(steps[0].reward, 0),
      gamma: String(gamma),
      lambda: String(lambda),
      value0: fixed(steps[0].value, 3),
      value1: fixed(steps[1]?.value ?? 0, 3),
      delta0: fixed(steps[0].delta, 3),
      td: fixed(ends.td, 3),
      gae: fixed(ends.gae, 3),
      monteCarlo: fixed(ends.monteCarlo, 3),
    };
  },
});
