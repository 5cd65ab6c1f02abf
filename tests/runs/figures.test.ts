import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { everyNth, extremes, learningCurve, metricFigure, standaloneSvg } from "../../src/runs/figures.ts";
import { escapeXml } from "../../src/runs/markup.ts";

const size = { width: 840, height: 360 };
const many = 10_000;
const curve = {
  episodes: Array.from({ length: many }, (_, i) => ({ step: 20 * i, return: i % 500 })),
  means: Array.from({ length: many }, (_, i) => ({ step: 20 * i, mean: Math.min(500, i / 10) })),
  windowSteps: 4000,
  threshold: 475,
  reachedAtStep: 41_000,
  solvedAtStep: 95_000,
};

function parse(svg: string) {
  const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg");
  if (!root) throw new Error("no svg");
  return root;
}

describe("learningCurve", () => {
  test("is one SVG with dots, a line, the threshold and a legend", () => {
    const svg = learningCurve(curve, size);
    const root = parse(svg);
    expect(root.getAttribute("viewBox")).toBe("0 0 840 360");
    expect(root.textContent).toContain("threshold 475");
    expect(root.textContent).toContain("reached at 41,000");
    expect(root.textContent).toContain("over 100 at 95,000");
    expect(root.textContent).toContain("mean over 4,000 steps");
    expect(root.textContent).toContain("return");
    expect(root.textContent).toContain("100k");
    expect(root.querySelectorAll("path[d]").length).toBeGreaterThan(0);
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(svg).not.toContain("<style");
  });

  test("stays small for a long run", () => {
    const svg = learningCurve(curve, size);
    expect(parse(svg).querySelectorAll("circle").length).toBeLessThanOrEqual(1200);
    expect(svg.length).toBeLessThan(150_000);
  });

  test("has only what there is", () => {
    const empty = learningCurve({ episodes: [], means: [], windowSteps: 1 }, size);
    expect(empty).not.toMatch(/NaN|threshold|reached|evaluation|last 100/);
    const evaluated = learningCurve({ ...curve, evaluations: [{ step: 100, mean: 3 }] }, size);
    expect(evaluated).toContain("evaluation");
  });

  test("over seconds it says so", () => {
    const root = parse(learningCurve({ ...curve, unit: "seconds", reachedAtStep: 2.5, solvedAtStep: 7 }, size));
    expect(root.textContent).toContain("seconds of training");
    expect(root.textContent).toContain("reached: 2.5 s");
    expect(root.textContent).not.toContain("environment steps");
  });

  test("takes its colours from variables, so that one drawing serves light and dark", () => {
    const svg = learningCurve(curve, size);
    expect(svg).toContain("var(--accent)");
    expect(svg).not.toMatch(/#[0-9a-f]{6}/i);
  });
});

describe("metricFigure", () => {
  const points = Array.from({ length: 300 }, (_, i) => ({ step: i * 100, value: Math.sin(i) }));

  test("draws a long series faint with its moving mean over it, a short one plain", () => {
    const lines = (svg: string) => parse(svg).querySelectorAll("g[aria-label=line]").length;
    expect(lines(metricFigure([{ label: "x", points }], size))).toBe(2);
    expect(lines(metricFigure([{ label: "x", points: points.slice(0, 50) }], size))).toBe(1);
  });

  test("is logarithmic where that is asked for, and values above 0 span two powers of ten", () => {
    const ticks = (values: number[], axis = { wide: true }) => {
      const svg = metricFigure([{ label: "loss", points: values.map((value, step) => ({ step, value })) }], size, axis);
      return [...parse(svg).querySelectorAll("g[aria-label='y-axis tick label'] text")].map((tick) => tick.textContent);
    };
    expect(ticks([0.001, 3, 900])).toEqual(["0.001", "0.1", "10", "1k"]);
    expect(ticks([1e-6, 1e9])).toEqual(["1e−6", "0.001", "1", "1k", "1M", "1B"]);
    for (const linear of [[0, 3, 900], [20, 900], [-1, 900]]) expect(ticks(linear)).toEqual(["0", "200", "400", "600", "800"]); // prettier-ignore
    expect(ticks([0.001, 3, 900], { wide: false })).toContain("200");
  });

  test("names its axis where there is one line", () => {
    expect(metricFigure([{ label: "loss in nats", points }], size)).toContain("loss in nats");
  });

  test("draws a constant as one straight line", () => {
    const constant = points.map(({ step }) => ({ step, value: 0.2 }));
    const root = parse(metricFigure([{ label: "x", points: constant }], size));
    expect(root.querySelectorAll("g[aria-label=line]").length).toBe(1);
    expect(root.textContent?.match(/0\.2/g)).toHaveLength(1);
  });

  test("names the series where there are several", () => {
    const two = metricFigure(
      [
        { label: "first", points },
        { label: "second", points },
      ],
      size,
    );
    expect(two).toContain("first");
    expect(two).toContain("second");
    expect(metricFigure([{ label: "first", points }], size)).not.toContain("━━");
  });

  test("leaves out what is not finite, and draws what is beyond the clamp at the edge", () => {
    const wild = [
      { step: 0, value: NaN },
      { step: 1, value: -1e9 },
      { step: 2, value: 0.5 },
      { step: 3, value: Infinity },
    ];
    const svg = metricFigure([{ label: "x", points: wild }], size, { range: [-1, 1] });
    expect(svg).not.toMatch(/NaN|Infinity|1e\+?9/);
    expect(parse(svg).textContent).toContain("−1");
  });

  test("starts at 0 where it is asked to", () => {
    const counts = [80, 80, 79].map((value, i) => ({ step: i, value }));
    const ticks = (svg: string) =>
      [...parse(svg).querySelectorAll("[aria-label^='y-axis'] text")].map((t) => t.textContent);
    expect(ticks(metricFigure([{ label: "x", points: counts }], size))).not.toContain("0");
    expect(ticks(metricFigure([{ label: "x", points: counts }], size, { zero: true }))).toContain("0");
  });

  test("has a colour and a place for each of many lines", () => {
    const svg = metricFigure(
      Array.from({ length: 8 }, (_, i) => ({ label: String(i), points })),
      { width: 280, height: 160 },
    );
    expect(new Set(svg.match(/var\(--series\d\)/g)).size).toBe(8);
  });

  test("keeps small numbers readable on the axis", () => {
    const svg = metricFigure([{ label: "x", points: points.map(({ step }, i) => ({ step, value: i * 1e-8 })) }], size);
    expect(parse(svg).textContent).toContain("e−6");
    const larger = metricFigure(
      [{ label: "x", points: points.map(({ step }, i) => ({ step, value: i * 1e-5 })) }],
      size,
    );
    expect(parse(larger).textContent).toContain("0.002");
  });
});

describe("fewer points", () => {
  test("extremes keeps first, last, lowest and highest, in order", () => {
    const points = Array.from({ length: many }, (_, i) => ({
      at: i,
      value: i === 4321 ? 99 : i === 7777 ? -99 : Math.sin(i),
    }));
    const kept = extremes(points, 300);
    expect(kept.length).toBeLessThanOrEqual(300);
    expect(kept[0]?.at).toBe(0);
    expect(kept.at(-1)?.at).toBe(many - 1);
    expect(kept.map(({ value }) => value)).toEqual(expect.arrayContaining([99, -99]));
    expect([...kept].sort((a, b) => a.at - b.at)).toEqual(kept);
    expect(extremes(points.slice(0, 300), 300)).toHaveLength(300);
  });

  test("everyNth keeps at most so many", () => {
    const items = Array.from({ length: 1001 }, (_, i) => i);
    expect(everyNth(items, 1000).length).toBe(501);
    expect(everyNth(items, 1001)).toBe(items);
  });
});

test("standaloneSvg carries its title and colours", () => {
  const svg = standaloneSvg(learningCurve(curve, size), "PPO & <friends>");
  expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(svg).toContain("<title>PPO &amp; &lt;friends&gt;</title>");
  expect(svg).toContain("prefers-color-scheme:dark");
  expect(svg).toContain("--accent:");
});

test("escapeXml", () => expect(escapeXml(`<a href="x">&`)).toBe("&lt;a href=&quot;x&quot;&gt;&amp;"));
