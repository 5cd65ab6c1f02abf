// The scene of baselines.

import { fixed, percent, told, whole } from "../../page/numbers.ts";
import { startScene } from "../../page/scene.ts";
import { createFigure, drawScale, roundTicks, scale } from "../../page/svg.ts";
import { fillTable } from "../../page/table.ts";
import { settings, type BaselinesConfiguration } from "./settings.ts";
import type { BaselinesSnapshot, Lane } from "./simulation.ts";

const table = (id: string): HTMLTableElement => document.querySelector<HTMLTableElement>(`#${id}`)!;
const svg = (id: string): SVGSVGElement => document.querySelector<SVGSVGElement>(`#${id}`)!;

interface Cloud extends Lane {
  /** ‖∇J‖ */
  readonly length: number;
  /** How far the axes go. */
  readonly reach: number;
  readonly term: string;
}

/** Dots in one path: a thousand of them cost no more than one. */
const pathOf = (cloud: Float32Array, x: (value: number) => number, y: (value: number) => number): string => {
  const parts: string[] = [];
  for (let i = 0; i < cloud.length; i += 2) parts.push(`M${x(cloud[i]).toFixed(1)} ${y(cloud[i + 1]).toFixed(1)}h0`);
  return parts.join("");
};

const cloudFigure = (id: string) =>
  createFigure<Cloud>(svg(id), (marks, { cloud, centre, length, reach, term }, width, height) => {
    const half = Math.min(width, height - 20) / 2;
    const [x, y] = [
      scale([0, reach], [width / 2, width / 2 + half]),
      scale([0, reach], [height / 2, height / 2 - half]),
    ];
    marks.set("frame", "rect", {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 6,
      fill: "none",
      class: "grid",
    });
    marks.set("x", "line", { x1: 0, x2: width, y1: y(0), y2: y(0), class: "grid" });
    marks.set("y", "line", { x1: x(0), x2: x(0), y1: 0, y2: height, class: "grid" });
    marks.set("along", "text", { x: width - 6, y: y(0) - 6, "text-anchor": "end", class: "small" }, "along ∇J →");
    marks.set("across", "text", { x: x(0) + 6, y: 15, class: "small" }, "across ↑");
    marks.set("cloud", "path", { d: pathOf(cloud, x, y), stroke: "var(--blue)", "stroke-width": 4, "stroke-linecap": "round", opacity: 0.55, fill: "none", "data-term": term }); // prettier-ignore
    marks.set("truth", "circle", { cx: x(length), cy: y(0), r: 6, fill: "none", stroke: "var(--green)", "stroke-width": 3, "data-term": "mean" }); // prettier-ignore
    const [cx, cy] = Number.isNaN(centre[0]) ? [-20, -20] : [x(centre[0]), y(centre[1])];
    marks.set("mean", "path", { d: `M${cx - 6} ${cy}h12M${cx} ${cy - 6}v12`, stroke: "var(--orange)", "stroke-width": 3, "data-term": "mean" }); // prettier-ignore
  });
const [plain, chosen] = [cloudFigure("plain"), cloudFigure("chosen")];

const parabola = createFigure<{ snapshot: BaselinesSnapshot; configuration: BaselinesConfiguration }>(
  svg("parabola"),
  (marks, { snapshot: { byConstant, withValue, lanes }, configuration: { kind, b } }, width, height) => {
    const top = Math.max(...byConstant.map(([, spread]) => spread));
    const [x, y] = [scale([0, 12], [40, width - 8]), scale([0, top], [height - 26, 10])];
    const ticks = roundTicks(top);
    drawScale(marks, ticks, y, { left: 40, right: width, format: (value) => told(value, 2) });
    for (const at of [0, 3, 6, 9, 12]) marks.set(`b ${at}`, "text", { x: x(at), y: height - 8, "text-anchor": "middle", class: "small" }, fixed(at, 0)); // prettier-ignore
    const d = byConstant.map(([b, spread], i) => `${i === 0 ? "M" : "L"}${x(b)} ${y(spread)}`).join("");
    marks.set("curve", "path", { d, fill: "none", stroke: "var(--blue)", "stroke-width": 2 });
    marks.set("value", "line", { x1: 40, x2: width, y1: y(withValue), y2: y(withValue), stroke: "var(--violet)", "stroke-width": 2, "stroke-dasharray": "5 4" }); // prettier-ignore
    marks.set("now", "circle", { cx: kind === "constant" ? x(b) : width - 8, cy: y(lanes[1].spread), r: 6, fill: `var(--${kind === "constant" ? "blue" : "violet"})`, stroke: "var(--paper)", "stroke-width": 2, "data-term": "baseline" }); // prettier-ignore
  },
);

startScene<BaselinesConfiguration, BaselinesSnapshot>({
  simulation: "baselines",
  settings,
  progress: ({ episodes }) => (episodes === 0 ? "No episode yet." : `${whole(episodes)} episodes`),
  command: ({ noise }) => `npx polgrad exact Terraces-v0 --env-options '{"length":3,"noise":${noise}}'`,
  onChange({ kind }) {
    document.querySelector<HTMLInputElement>('[name="b"]')!.disabled = kind === "value";
  },
  show(snapshot, configuration) {
    const { lanes, length, byConstant, withValue, last, identity, episodes } = snapshot;
    const [first, second] = lanes;
    const reach = 2.2 * Math.sqrt(first.spread);
    plain.show({ ...first, length, reach, term: "return score" });
    chosen.show({ ...second, length, reach, term: "score" });
    parabola.show({ snapshot, configuration });
    const place = ([along, across]: readonly [number, number]): string =>
      Number.isNaN(along) ? "–" : `(${fixed(along)}, ${fixed(across)})`;
    fillTable(table("lanes"), [
      ["exact variance", fixed(first.spread, 3), fixed(second.spread, 3)],
      ["exact bias ‖E[ĝ] − ∇J‖", fixed(first.bias, 3), fixed(second.bias, 3)],
      ["mean of the dots: along, across", place(first.centre), place(second.centre)],
      ["∇J: along, across", place([length, 0]), place([length, 0])],
    ]);
    fillTable(table("constants"), [...byConstant.map(([b, spread]) => [fixed(b, 1), fixed(spread, 3)]), ["V(s)", fixed(withValue, 3)]]); // prettier-ignore
    fillTable(table("episode"), (last.length > 0 ? last : [undefined, undefined, undefined]).map((step, t) => [String(t), ...(step ? [String(step.state), String(step.action), fixed(step.received, 1), fixed(step.goes), fixed(step.taken), fixed(step.left)] : ["–", "–", "–", "–", "–", "–"])])); // prettier-ignore
    const best = byConstant.reduce((least, one) => (one[1] < least[1] ? one : least));
    const name = configuration.kind === "constant" ? `b = ${fixed(configuration.b)}` : "V(s)";
    return {
      cloudSummary:
        `With ${name} the exact variance is ${fixed(second.spread, 2)}, ${percent(second.spread / first.spread)} of ${fixed(first.spread, 2)} without. ` + // prettier-ignore
        (episodes === 0 ? "Both have the mean ∇J." : `The dots' means, along ∇J, are ${fixed(first.centre[0])} and ${fixed(second.centre[0])}; ‖∇J‖ is ${fixed(length)}.`), // prettier-ignore
      parabolaSummary: `Of these constants ${fixed(best[0], 1)} is best, with ${fixed(best[1], 2)}. V(s) comes to ${fixed(withValue, 2)}: it can be large early in an episode and small at its end.`, // prettier-ignore
      goes: last[0] ? fixed(last[0].goes) : "–",
      taken: last[0] ? fixed(last[0].taken) : "–",
      left: last[0] ? fixed(last[0].left) : "–",
      identity: fixed(identity, 3),
      bias: fixed(second.bias, 3),
    };
  },
});
