// The scene of the policy gradient theorem.

import { createChart } from "../../page/chart.ts";
import { fixed, told, whole } from "../../page/numbers.ts";
import { startScene } from "../../page/scene.ts";
import { createFigure, drawScale, marksOf, scale, type Marks } from "../../page/svg.ts";
import { fillTable } from "../../page/table.ts";
import { settings, type TheoremConfiguration } from "./settings.ts";
import type { ShownTrajectory, TheoremSnapshot } from "./simulation.ts";

const table = (id: string): HTMLTableElement => document.querySelector<HTMLTableElement>(`#${id}`)!;
const treeElement = document.querySelector<SVGSVGElement>("#tree")!;
const errors = createChart(document.querySelector("#errors")!, {
  x: "episodes n",
  y: "error",
  logX: true,
  logY: true,
  lines: [
    { label: "measured", colour: "blue" },
    { label: "√(variance / n)", colour: "muted", as: "dashes" },
  ],
});

const places = ["upper", "lower"];
const parameters = ["θ(s₀, 0)", "θ(s₀, 1)", "θ(up, 0)", "θ(up, 1)", "θ(low, 0)", "θ(low, 1)"];

/** A part of the way: a line as thick as it is likely, and its probability. */
function edge(
  marks: Marks,
  key: string,
  [x1, y1, x2, y2]: number[],
  chance: number,
  term: string,
  isOn: boolean,
): void {
  const colour = term === "transition" ? "--orange" : "--blue";
  marks.set(`line ${key}`, "line", { x1, y1, x2, y2, stroke: `var(${colour})`, "stroke-width": fixed(1 + 9 * chance, 1), "stroke-linecap": "round", opacity: isOn ? 1 : 0.28, "data-term": term }); // prettier-ignore
  const [x, y] = [x1 + 0.52 * (x2 - x1), y1 + 0.52 * (y2 - y1)];
  marks.set(`chance ${key}`, "text", { x, y: y - 9, "text-anchor": "middle", class: isOn ? "" : "small", "data-term": term }, fixed(chance)); // prettier-ignore
}

interface Tree {
  readonly trajectories: readonly ShownTrajectory[];
  /** Which one is looked at. */
  readonly chosen: number;
}

const tree = createFigure<Tree>(treeElement, (marks, { trajectories, chosen }, width, height) => {
  const ofLeaf = Math.min(90, width / 5);
  const xs = [18, 0.31, 0.66, 1].map((share) => (share > 1 ? share : 18 + share * (width - ofLeaf - 18)));
  const gap = height / 8;
  const leaf = (i: number): number => gap * (i + 0.5);
  trajectories.forEach(({ actions, middle, factors }, i) => {
    const [a0, a1] = actions;
    const [y0, yAction, yState] = [leaf(3.5), leaf(4 * a0 + 1.5), leaf(4 * a0 + 2 * (middle - 1) + 0.5)];
    const on = trajectories[chosen];
    const first = a0 === on.actions[0];
    const second = first && middle === on.middle;
    if (a1 === 0) {
      if (middle === 1) edge(marks, `a${a0}`, [xs[0], y0, xs[1], yAction], factors[0], "first", first);
      edge(marks, `s${a0}${middle}`, [xs[1], yAction, xs[2], yState], factors[1], "transition", second);
    }
    edge(marks, `b${i}`, [xs[2], yState, xs[3], leaf(i)], factors[2], "second", i === chosen);
  });
  // Nodes over lines.
  const node = (key: string, x: number, y: number, text: string, square = false): void => {
    if (square) marks.set(`node ${key}`, "rect", { x: x - 11, y: y - 11, width: 22, height: 22, rx: 3, fill: "var(--paper)", stroke: "var(--orange)", "stroke-width": 2, "data-term": "transition" }); // prettier-ignore
    else marks.set(`node ${key}`, "circle", { cx: x, cy: y, r: 13, fill: "var(--paper)", stroke: "var(--blue)", "stroke-width": 2 }); // prettier-ignore
    marks.set(`name ${key}`, "text", { x, y: y + 4, "text-anchor": "middle" }, text);
  };
  node("start", xs[0], leaf(3.5), "s₀");
  for (const a0 of [0, 1]) {
    node(`action ${a0}`, xs[1], leaf(4 * a0 + 1.5), String(a0), true);
    for (const middle of [0, 1]) node(`state ${a0}${middle}`, xs[2], leaf(4 * a0 + 2 * middle + 0.5), middle === 0 ? "up" : "lo"); // prettier-ignore
  }
  trajectories.forEach(({ total, probability }, i) => {
    const mark = marks.set(`leaf ${i}`, "g", { class: "leaf", "data-term": "return mean", "data-trajectory": i + 1 });
    const inside = (leafMarks[i] ??= marksOf(mark));
    inside.set("hit", "rect", { x: xs[3] + 2, y: leaf(i) - gap / 2, width: ofLeaf - 4, height: gap, fill: "transparent" }); // prettier-ignore
    inside.set("return", "text", { x: xs[3] + 9, y: leaf(i) - 1, "font-weight": i === chosen ? 700 : 400 }, `R = ${fixed(total, 1)}`); // prettier-ignore
    inside.set("p", "text", { x: xs[3] + 9, y: leaf(i) + 13, class: "small" }, `p = ${fixed(probability, 3)}`);
  });
});
const leafMarks: Marks[] = [];

const scoreFigure = createFigure<ShownTrajectory>(
  document.querySelector<SVGSVGElement>("#scores")!,
  (marks, { scores, measured }, width, height) => {
    const left = 34;
    const y = scale([-1, 1], [height - 30, 12]);
    drawScale(marks, [-1, -0.5, 0, 0.5, 1], y, { left, right: width, format: (tick) => fixed(tick, 1) });
    const step = (width - left) / parameters.length;
    const bar = Math.min(18, 0.3 * step);
    parameters.forEach((name, k) => {
      const x = left + step * (k + 0.5);
      scores.forEach((score, t) => {
        const [from, to] = [y(0), y(score[k])];
        marks.set(`bar ${t} ${k}`, "rect", { x: t === 0 ? x - bar - 1 : x + 1, width: bar, y: Math.min(from, to), height: Math.abs(from - to), fill: `var(--${t === 0 ? "blue" : "violet"})`, "data-term": t === 0 ? "first" : "second" }); // prettier-ignore
      });
      marks.set(`dot ${k}`, "circle", { cx: x, cy: y(measured[k]), r: 4.5, fill: "var(--green)", stroke: "var(--paper)", "stroke-width": 1.5, "data-term": "transition" }); // prettier-ignore
      marks.set(`name ${k}`, "text", { x, y: height - 8, "text-anchor": "middle", class: "small" }, width < 420 ? name.replace("θ", "") : name); // prettier-ignore
    });
  },
);

const change = startScene<TheoremConfiguration, TheoremSnapshot>({
  simulation: "theorem",
  settings,
  progress: ({ episodes, repetitions }) =>
    episodes === 0 ? "No episode drawn yet." : `${whole(episodes)} episodes in each of ${repetitions} repetitions`,
  command: ({ up0, up1 }) =>
    `npx polgrad exact TwoStep-v0 --env-options '{"transitions":[[${up0},${told(1 - up0)}],[${up1},${told(1 - up1)}]]}'`,
  show(snapshot, { trajectory }) {
    const { trajectories, gradient, mean, convergence, j } = snapshot;
    const chosen = trajectories[trajectory - 1];
    tree.show({ trajectories, chosen: trajectory - 1 });
    scoreFigure.show(chosen);
    errors.set(convergence);
    fillTable(table("trajectories"), trajectories.map(({ actions, middle, probability, total, remainder }, i) => [String(i + 1), `${actions[0]}, ${places[middle - 1]}, ${actions[1]}`, fixed(probability, 4), fixed(total, 2), told(remainder, 2)])); // prettier-ignore
    fillTable(table("score-table"), parameters.map((name, k) => [name, fixed(chosen.scores[0][k], 3), fixed(chosen.scores[1][k], 3), fixed(chosen.measured[k], 3), fixed(gradient[k], 4), fixed(mean[k], 4)])); // prettier-ignore
    const [sizes, measured, expected] = convergence;
    fillTable(table("error-table"), sizes.map((n, i) => [whole(n), measured[i] === null ? "–" : told(measured[i]), told(expected[i])])); // prettier-ignore
    const drawn = measured.filter((error) => error !== null);
    const factors = chosen.factors.map((factor) => fixed(factor));
    return {
      treeSummary: `Trajectory ${trajectory} takes action ${chosen.actions[0]}, comes to the ${places[chosen.middle - 1]} state and takes action ${chosen.actions[1]}: p = ${factors.join(" · ")} = ${fixed(chosen.probability, 3)}, R = ${fixed(chosen.total, 1)}. J = ${fixed(j, 3)}.`, // prettier-ignore
      scoresSummary: `The derivative of log p, measured on the whole product, differs from the two scores by at most ${told(chosen.remainder, 1)}: the transition adds nothing.`, // prettier-ignore
      errorSummary:
        drawn.length === 0
          ? "Press play: estimates from single episodes are averaged."
          : `The mean of ${whole(sizes[drawn.length - 1])} estimates is off by ${told(drawn[drawn.length - 1])}; √(variance / n) is ${told(expected[drawn.length - 1])}.`, // prettier-ignore
      factor0: factors[0],
      factor1: factors[1],
      factor2: factors[2],
      probability: fixed(chosen.probability, 3),
      score0: fixed(chosen.scores[0][chosen.actions[0]], 3),
      remainder: fixed(chosen.remainder, 3),
      j: fixed(j, 3),
    };
  },
});

treeElement.addEventListener("click", ({ target }) => {
  const leaf = (target as Element).closest<SVGElement>("[data-trajectory]");
  if (leaf) change({ trajectory: Number(leaf.dataset.trajectory) });
});
