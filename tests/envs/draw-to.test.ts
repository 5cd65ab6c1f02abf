// Pictures on a canvas: what is drawn on it, in order, and how many pixels it gets.

import { afterEach, expect, test, vi } from "vitest";
import { drawTo, palettes, type Canvas2d, type Drawing, type DrawTarget } from "../../src/envs/index.ts";

afterEach(() => vi.unstubAllGlobals());

/** A canvas that writes down what is drawn on it; in a layout it has a size by CSS, or one that follows its pixels. */
function recording(width: number, height: number, layout?: "by CSS" | "by its pixels") {
  const calls: string[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (_, name: string) =>
      name in state
        ? state[name]
        : (...values: unknown[]) => {
            const paint = { fillRect: "fillStyle", fill: "fillStyle", stroke: "strokeStyle", fillText: "fillStyle" }[
              name
            ];
            calls.push([name, ...values, ...(paint ? [state[paint]] : []), ...(name === "stroke" ? [state.lineWidth] : [])].join(" ")); // prettier-ignore
          },
  }) as unknown as Canvas2d;
  const style = { width: "", height: "" };
  const sizeOf = (css: string, own: number, first: number): number | undefined =>
    layout === undefined ? undefined : css !== "" ? parseFloat(css) : layout === "by CSS" ? first : own;
  const canvas = {
    width,
    height,
    style,
    get clientWidth() {
      return sizeOf(style.width, canvas.width, width);
    },
    get clientHeight() {
      return sizeOf(style.height, canvas.height, height);
    },
    getContext: () => context,
  };
  return { canvas: canvas satisfies DrawTarget, calls, state };
}

const drawing: Drawing = {
  view: { x: -1, y: 0, width: 2, height: 1 },
  shapes: [
    { kind: "polygon", points: [[-1, 0], [1, 0], [0, 1]], fill: "ground", stroke: "ink", width: 0.02 }, // prettier-ignore
    { kind: "line", points: [[0, 0], [0, 1]], stroke: "limb", width: 0.1 }, // prettier-ignore
    { kind: "circle", x: 0.5, y: 0.5, radius: 0.25, fill: "body" },
    { kind: "text", x: 0, y: 0.5, text: "A", size: 0.2, fill: "ink" },
  ],
};

test("shapes come in their order, y up, as large as fits, in the middle", () => {
  const { canvas, calls, state } = recording(200, 140);
  drawTo(canvas, drawing);
  const { background, ground, ink, limb, body } = palettes.light;
  expect(calls).toEqual([
    "setTransform 1 0 0 1 0 0",
    `fillRect 0 0 200 140 ${background}`,
    "beginPath", "moveTo 0 120", "lineTo 200 120", "lineTo 100 20", "closePath", `fill ${ground}`, `stroke ${ink} 2`,
    "beginPath", "moveTo 100 120", "lineTo 100 20", `stroke ${limb} 10`,
    "beginPath", `arc 150 70 25 0 ${2 * Math.PI}`, `fill ${body}`,
    `fillText A 100 70 ${ink}`,
  ]); // prettier-ignore
  expect(state).toMatchObject({ lineCap: "round", lineJoin: "round", font: "20px system-ui, sans-serif" });
});

test("colours are those that the reader prefers, or that are asked for", () => {
  const background = (theme?: "light" | "dark"): string => {
    const { canvas, calls } = recording(20, 10);
    drawTo(canvas, drawing, { theme });
    return calls[1].split(" ").at(-1)!;
  };
  expect([background(), background("dark")]).toEqual([palettes.light.background, palettes.dark.background]);
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  expect([background(), background("light")]).toEqual([palettes.dark.background, palettes.light.background]);
});

test.each(["by CSS", "by its pixels"] as const)("has the screen's pixels, and keeps its size, that is %s", (layout) => {
  vi.stubGlobal("devicePixelRatio", 2);
  const { canvas, calls } = recording(200, 100, layout);
  for (let frame = 0; frame < 3; frame++) drawTo(canvas, drawing);
  expect([canvas.width, canvas.height, canvas.clientWidth, canvas.clientHeight]).toEqual([400, 200, 200, 100]);
  expect(calls.slice(0, 2)).toEqual(["setTransform 2 0 0 2 0 0", `fillRect 0 0 200 100 ${palettes.light.background}`]);
  const offscreen = recording(200, 100);
  drawTo(offscreen.canvas, drawing);
  expect(offscreen.canvas.width).toBe(200);
});
