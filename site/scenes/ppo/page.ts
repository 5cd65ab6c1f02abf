// The scene of PPO.

import { createChart } from "../../page/chart.ts";
import { fixed, percent, told, whole } from "../../page/numbers.ts";
import { startScene } from "../../page/scene.ts";
import { createFigure, drawScale, roundTicks, scale } from "../../page/svg.ts";
import { fillTable } from "../../page/table.ts";
import { optionsOf, settings, type PpoConfiguration } from "./settings.ts";
import type { PpoSnapshot } from "./simulation.ts";

const table = (id: string): HTMLTableElement => document.querySelector<HTMLTableElement>(`#${id}`)!;
const svg = (id: string): SVGSVGElement => document.querySelector<SVGSVGElement>(`#${id}`)!;
interface Shown {
  readonly snapshot: PpoSnapshot;
  readonly configuration: PpoConfiguration;
}

/** 1 − ε and 1 + ε. */
const edges = ({ clip: half }: PpoConfiguration): readonly [number, number] => [1 - half, 1 + half];
const caseNames = ["A > 0, ρ ≤ 1 + ε", "A > 0, ρ > 1 + ε", "A < 0, ρ ≥ 1 − ε", "A < 0, ρ < 1 − ε"];

const dotFigure = createFigure<Shown>(svg("dots"), (marks, { snapshot, configuration }, width, height) => {
  const { ratios, advantages, silent } = snapshot.dots;
  const x = scale([0.4, 1.6], [0, width]);
  const y = scale([-3, 3], [height - 22, 0]);
  const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
  const [low, high] = edges(configuration);
  marks.set("frame", "rect", {
    x: 0.5,
    y: 0.5,
    width: width - 1,
    height: height - 23,
    rx: 6,
    fill: "none",
    class: "grid",
  });
  marks.set("band", "rect", { x: x(low), y: 1, width: x(high) - x(low), height: height - 24, fill: "var(--orange)", opacity: 0.09, "data-term": "clip" }); // prettier-ignore
  for (const [key, at] of [
    ["low", low],
    ["high", high],
  ] as const) {
    marks.set(key, "line", { x1: x(at), x2: x(at), y1: 0, y2: height - 22, stroke: "var(--orange)", "stroke-width": 1.5, "data-term": "clip" }); // prettier-ignore
    marks.set(`${key} name`, "text", { x: x(at), y: height - 6, "text-anchor": "middle", class: "small" }, fixed(at));
  }
  marks.set("zero", "line", { x1: 0, x2: width, y1: y(0), y2: y(0), class: "axis" });
  marks.set("one", "line", { x1: x(1), x2: x(1), y1: 0, y2: height - 22, class: "grid" });
  marks.set("one name", "text", { x: x(1), y: height - 6, "text-anchor": "middle", class: "small" }, "ρ = 1");
  const dots: [string[], string[]] = [[], []];
  ratios.forEach((ratio, i) => {
    const [cx, cy] = [x(within(ratio, 0.41, 1.59)), y(within(advantages[i], -2.95, 2.95))];
    dots[silent[i]].push(`M${cx.toFixed(1)} ${cy.toFixed(1)}h0`);
  });
  dots.forEach((path, i) =>
    marks.set(`dots ${i}`, "path", { d: path.join("") || "M-9 -9", stroke: `var(--${i === 0 ? "blue" : "muted"})`, "stroke-width": 5, "stroke-linecap": "round", opacity: i === 0 ? 0.55 : 0.8, fill: "none", "data-term": "ratio advantage" })); // prettier-ignore
  const notes = ["good, to be made likelier", "bad, to be made less likely"];
  marks.set("good", "text", { x: 8, y: 16, class: "small" }, `A > 0: ${notes[0]}`);
  marks.set("bad", "text", { x: 8, y: height - 30, class: "small" }, `A < 0: ${notes[1]}`);
});

const shapeFigure = createFigure<Shown>(svg("shapes"), (marks, { snapshot, configuration }, width, height) => {
  const { ratios, good, bad } = snapshot.shapes;
  const [x, y] = [scale([0, 2], [34, width - 6]), scale([-2, 2], [height - 22, 8])];
  drawScale(marks, [-2, -1, 0, 1, 2], y, { left: 34, right: width, format: (tick) => fixed(tick, 0) });
  const [low, high] = edges(configuration);
  marks.set("band", "rect", { x: x(low), y: 8, width: x(high) - x(low), height: height - 30, fill: "var(--orange)", opacity: 0.12, "data-term": "clip" }); // prettier-ignore
  for (const at of [0, 0.5, 1, 1.5, 2]) marks.set(`ρ ${at}`, "text", { x: x(at), y: height - 6, "text-anchor": at === 2 ? "end" : "middle", class: "small" }, fixed(at, 1)); // prettier-ignore
  for (const [key, values, colour] of [
    ["good", good, "green"],
    ["bad", bad, "red"],
  ] as const) {
    const d = values
      .map((value, i) => `${i === 0 ? "M" : "L"}${x(ratios[i]).toFixed(1)} ${y(value).toFixed(1)}`)
      .join("");
    marks.set(key, "path", {
      d,
      fill: "none",
      stroke: `var(--${colour})`,
      "stroke-width": 2.5,
      "data-term": "min mean",
    });
  }
});

const klFigure = createFigure<PpoSnapshot>(svg("kl"), (marks, { kl, epochs }, width, height) => {
  let top = 0.01;
  while (top < Math.max(0, ...kl.flat())) top *= 2;
  const [x, y] = [scale([0.5, epochs + 0.5], [48, width - 6]), scale([0, top], [height - 22, 8])];
  drawScale(marks, roundTicks(top), y, { left: 48, right: width, format: (tick) => told(tick, 2) });
  const keys = new Set(roundTicks(top).flatMap((_, i) => [`grid ${i}`, `tick ${i}`]));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    if (epochs > 10 && epoch % 2 === 0) continue;
    keys.add(`epoch ${epoch}`);
    marks.set(`epoch ${epoch}`, "text", { x: x(epoch), y: height - 6, "text-anchor": "middle", class: "small" }, String(epoch)); // prettier-ignore
  }
  kl.forEach((values, lane) => {
    const colour = lane === 0 ? "blue" : "muted";
    const d = values.map((value, i) => `${i === 0 ? "M" : "L"}${x(i + 1).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    keys.add(`line ${lane}`);
    marks.set(`line ${lane}`, "path", { d: d || "M-9 -9", fill: "none", stroke: `var(--${colour})`, "stroke-width": 2.5, "stroke-linecap": "round", ...(lane === 1 && { "stroke-dasharray": "5 5" }), "data-term": "mean" }); // prettier-ignore
  });
  marks.keep(keys);
});

const curve = createChart(document.querySelector("#curve")!, {
  x: "environment steps",
  y: "mean return",
  lines: [
    { label: "as set above", colour: "blue" },
    { label: "PPO's min, ε = 0.2", colour: "muted", as: "dashes" },
  ],
});

const names = { min: "PPO's min", symmetric: "Clipping on both sides", unclipped: "ρA without a clip" } as const;

startScene<PpoConfiguration, PpoSnapshot>({
  simulation: "ppo",
  settings,
  progress: ({ update, epoch, epochs, step, totalSteps }) =>
    epoch === 0 ? "Nothing trained yet." : `Update ${update}, epoch ${epoch} of ${epochs}; step ${whole(step)} of ${whole(totalSteps)}`, // prettier-ignore
  command(configuration) {
    const { loss } = configuration;
    const options = { ...optionsOf(configuration), ...(loss === "unclipped" && { clip: 0 }) };
    if (loss === "symmetric") return "npx polgrad experiment ppo-objective --quick";
    const flags = Object.entries(options).map(([name, value]) => {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return typeof value === "boolean" ? `--${value ? "" : "no-"}${flag}` : `--${flag} ${value}`;
    });
    return `npx polgrad train ppo CartPole-v1 --steps 40960 ${flags.join(" ")} --strict`;
  },
  show(snapshot, configuration) {
    const { dots, cases, kl, farthest, shapes, curve: columns, epochs } = snapshot;
    const { loss, clip } = configuration;
    dotFigure.show({ snapshot, configuration });
    shapeFigure.show({ snapshot, configuration });
    klFigure.show(snapshot);
    curve.set(columns);
    const at = (ratio: number): number => shapes.ratios.indexOf(ratio);
    fillTable(
      table("cases"),
      cases.map(({ count, silent }, i) => [caseNames[i], String(count), String(silent)]),
    );
    fillTable(table("shapes-table"), [0.5, 0.8, 1, 1.2, 1.5].map((ratio) => [fixed(ratio, 1), fixed(shapes.good[at(ratio)], 2), fixed(shapes.bad[at(ratio)], 2)])); // prettier-ignore
    fillTable(table("kl-table"), Array.from({ length: epochs }, (_, i) => [String(i + 1), ...kl.map((lane) => (lane[i] === undefined ? "–" : told(lane[i])))])); // prettier-ignore
    const returns = (value: number | null): string => (value === null ? "–" : fixed(value, 1));
    fillTable(table("curve-table"), columns[0].slice(-8).map((step, i, all) => [whole(step!), returns(columns[1].slice(-all.length)[i]), returns(columns[2].slice(-all.length)[i])])); // prettier-ignore
    const silent = cases.reduce((sum, one) => sum + one.silent, 0);
    const wrongSide = loss === "symmetric" ? cases[0].silent + cases[2].silent : 0;
    const [last, usual] = [columns[1].at(-1), columns[2].at(-1)];
    return {
      dotsSummary:
        dots.ratios.length === 0
          ? "No rollout yet: press play, and watch the dots leave ρ = 1 epoch by epoch."
          : `${silent} of ${dots.ratios.length} steps shown have no gradient (${percent(silent / dots.ratios.length)})` +
            (loss === "symmetric" ? `; ${wrongSide} of them are on the side that harms, where nothing pushes them back.` : loss === "min" ? ", all on the side that pays." : ": nothing bounds the ratios."), // prettier-ignore
      shapesSummary: `${names[loss]}, ε = ${clip}: at ρ = 1.5 the objective is ${fixed(shapes.good[at(1.5)], 2)} for a good action and ${fixed(shapes.bad[at(1.5)], 2)} for a bad one.`, // prettier-ignore
      klSummary: kl[0].length === 0 ? "It is 0 before the first epoch." : `After ${kl[0].length} epochs ${told(kl[0].at(-1)!)}; in the usual lane ${told(kl[1].at(-1) ?? 0)}.`, // prettier-ignore
      curveSummary: last == null ? "The first update is not over." : `After ${whole(columns[0].at(-1)!)} steps the mean return is ${returns(last)}; in the usual lane ${returns(usual ?? null)}.`, // prettier-ignore
      commandNote: loss === "symmetric" ? "No option of PPO clips on both sides; the experiment does." : "It ends with the weights of this run.", // prettier-ignore
      ratio: fixed(farthest.ratio, 3),
      advantage: fixed(farthest.advantage, 3),
      plain: fixed(farthest.plain, 3),
      clipped: fixed(farthest.clipped, 3),
      objective: fixed(farthest.objective, 3),
    };
  },
});
