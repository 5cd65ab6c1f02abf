import { describe, expect, test } from "vitest";
import type { Drawing } from "../../../src/envs/index.ts";
import { palettes } from "../../../src/envs/index.ts";
import { animationGif } from "../../../src/runs/animation/gif.ts";
import { readGif } from "./read-gif.ts";

const disc = (x: number): Drawing => ({
  view: { x: 0, y: 0, width: 40, height: 20 },
  shapes: [{ kind: "circle", x, y: 10, radius: 4, fill: "body" }],
});

const film = [5, 15, 25, 35].map((x, i) => ({ drawing: disc(x), caption: `STEP ${i}`, seconds: i === 3 ? 1 : 0.04 }));

const hex = (colour: readonly number[]) => `#${colour.map((c) => c.toString(16).padStart(2, "0")).join("")}`;

describe("animationGif", () => {
  const { width, height, frames } = readGif(animationGif(film, { width: 80, height: 40 }));
  const at = (frame: number, x: number, y: number) => hex(frames[frame].pixels[y * width + x]);

  test("has its size, a caption below, and all frames with their delays", () => {
    expect([width, height]).toEqual([80, 58]);
    expect(frames.map(({ delay }) => delay)).toEqual([40, 40, 40, 1000]);
  });

  test("shows the shapes where they are, and no longer where they were", () => {
    const { body, background } = palettes.light;
    frames.forEach((_, i) => {
      for (const k of [0, 1, 2, 3]) expect(at(i, 10 + 20 * k, 20)).toBe(k === i ? body : background);
    });
  });

  test("the caption counts on", () => {
    const caption = (i: number) =>
      frames[i].pixels
        .slice(40 * width)
        .map(hex)
        .join();
    expect(caption(0)).toContain(palettes.light.ink);
    expect(caption(1)).not.toBe(caption(0));
  });

  test("can be dark", () => {
    const dark = readGif(animationGif(film.slice(0, 1), { theme: "dark", width: 80, height: 40 }));
    expect(hex(dark.frames[0].pixels[0])).toBe(palettes.dark.background);
  });
});
