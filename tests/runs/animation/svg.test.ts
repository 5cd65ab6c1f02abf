import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Drawing, Shape } from "../../../src/envs/index.ts";
import { animationSvg } from "../../../src/runs/animation/svg.ts";
import { tracksOf, type Frame } from "../../../src/runs/animation/tracks.ts";
import { xmlProblem } from "./well-formed.ts";

const view = { x: 0, y: 0, width: 100, height: 50 };
const disc = (x: number, y = 10): Shape => ({ kind: "circle", x, y, radius: 5, fill: "body" });
const flame = (x: number): Shape => ({ kind: "circle", x, y: 10, radius: 2, fill: "force" });
const rail: Shape = {
  kind: "line",
  points: [
    [0, 0],
    [100, 0],
  ],
  stroke: "faint",
  width: 1,
};

/** A frame a second of these shapes. */
const film = (shapes: Shape[][], episode = 1, from = 0): Frame[] =>
  shapes.map((list, t) => ({ time: from + t, episode, drawing: { view, shapes: list } }));

const tracks = (frames: Frame[]) => tracksOf(frames, 100, 50);

describe("tracks", () => {
  test("what stands still has one key, what moves in a straight line two", () => {
    const [still, moving] = tracks(film([0, 1, 2, 3, 4].map((t) => [rail, disc(10 + 5 * t)])));
    expect(still).toEqual({ shape: rail, keys: [{ time: 0, numbers: [0, 50, 100, 50] }], switches: [0] });
    expect(moving.keys).toEqual([
      { time: 0, numbers: [10, 40, 5] },
      { time: 4, numbers: [30, 40, 5] },
    ]);
  });

  test("a turn has a key", () => {
    const [moving] = tracks(film([10, 20, 30, 20, 10].map((x) => [disc(x)])));
    expect(moving.keys.map(({ time }) => time)).toEqual([0, 2, 4]);
  });

  test("between keys nothing is off by more than a fifth of a pixel", () => {
    const places = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(places, (xs) => {
        const { keys } = tracks(film(xs.map((x) => [disc(x)])))[0];
        xs.forEach((x, t) => {
          const next = keys.findIndex(({ time }) => time >= t);
          const b = next < 0 ? keys.at(-1)! : keys[next];
          const a = next < 1 ? b : keys[next - 1];
          const share = a === b ? 0 : (t - a.time) / (b.time - a.time);
          const shown = a.numbers[0] + share * (b.numbers[0] - a.numbers[0]);
          expect(Math.abs(shown - x)).toBeLessThanOrEqual(0.2 + 1e-9);
        });
      }),
    );
  });

  test("what comes and goes is switched, and painted in its place", () => {
    const frames = film([
      [rail, disc(1)],
      [rail, flame(2), disc(2)],
      [rail, disc(3)],
      [rail, flame(4), disc(4)],
    ]);
    const all = tracks(frames);
    expect(all.map(({ shape }) => (shape.kind === "circle" ? shape.fill : shape.kind))).toEqual([
      "line",
      "force",
      "body",
    ]);
    expect(all.map(({ switches }) => switches)).toEqual([[0], [1, 2, 3], [0]]);
  });

  test("two that look the same are told apart by their order", () => {
    const all = tracks(film([0, 1].map((t) => [disc(10 + t), disc(50 + 2 * t)])));
    expect(all.map(({ keys }) => keys.map(({ numbers }) => numbers[0]))).toEqual([
      [10, 11],
      [50, 52],
    ]);
  });

  test("another episode is another track", () => {
    const all = tracks([...film([[disc(90)]]), ...film([[disc(10)]], 2, 1)]);
    expect(all.map(({ switches }) => switches).sort()).toEqual([[0, 1], [1]]);
  });
});

describe("animationSvg", () => {
  const everything: Shape[] = [
    rail,
    {
      kind: "polygon",
      points: [
        [0, 0],
        [10, 0],
        [0, 10],
      ],
      fill: "goal",
      stroke: "ink",
      width: 1,
    },
    { kind: "circle", x: 3, y: 3, radius: 1, stroke: "hazard", width: 0.5 },
    { kind: "text", x: 5, y: 5, text: 'a < "b" & c', size: 4, fill: "ink" },
  ];
  const frames = film([
    [...everything, disc(1)],
    [...everything, disc(2), flame(2)],
    [...everything, disc(9)],
  ]);
  const svg = animationSvg(frames, 3, [{ episode: 1, text: "<return> & 3" }], { title: 'An "episode"' });

  test("is well-formed, has a title, and follows the reader's colours", () => {
    expect(xmlProblem(svg)).toBeNull();
    expect(xmlProblem(svg.replace("</svg>", ""))).not.toBeNull();
    expect(svg).toContain("<title>An &quot;episode&quot;</title>");
    expect(svg).toContain("&lt;return&gt; &amp; 3");
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg).toContain('viewBox="0 0 600 326"');
    expect(svg).not.toMatch(/NaN|undefined|null|href|http(?!:\/\/www.w3.org\/2000\/svg)/);
  });

  test("every animation runs from 0 to 1, with as many values as times", () => {
    const animations = [...svg.matchAll(/<animate ([^>]*)\/>/g)].map(([, attributes]) => attributes);
    expect(animations.length).toBeGreaterThan(2);
    for (const attributes of animations) {
      const list = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)![1].split(";");
      const times = list("keyTimes").map(Number);
      expect(list("values")).toHaveLength(times.length);
      expect(times[0]).toBe(0);
      if (!attributes.includes("discrete")) expect(times.at(-1)).toBe(1);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      expect(attributes).toContain('dur="3s"');
    }
  });

  test("what does not move is written once", () => {
    const line = [...svg.matchAll(/<polyline [^>]*>/g)];
    expect(line).toHaveLength(1);
    expect(line[0][0]).toMatch(/\/>$/);
  });

  test("only colours that are seen are in it", () => {
    expect(svg).toContain(".force{");
    expect(svg).not.toContain(".ground{");
  });

  test("of one frame", () => {
    const drawing: Drawing = { view, shapes: [disc(1)] };
    expect(xmlProblem(animationSvg([{ time: 0, episode: 1, drawing }], 1, [], { title: "" }))).toBeNull();
  });
});
