import { describe, expect, test } from "vitest";
import { momentLines, shortValue } from "../../src/cli/step-table.ts";
import { nearest256, pictureLines, pixelsPerCell } from "../../src/cli/terminal-picture.ts";
import { createPicture } from "../../src/runs/animation/raster.ts";
import type { Moment } from "../../src/runs/play-run.ts";

/** A picture from letters: r and w are red and white, anything else black. */
function picture(...rows: string[]) {
  const made = createPicture(rows[0].length, rows.length);
  rows.forEach((row, y) =>
    Array.from(row, (letter, x) => {
      const colour = letter === "r" ? [255, 0, 0] : letter === "w" ? [255, 255, 255] : [0, 0, 0];
      made.rgba.set(colour, 4 * (y * row.length + x));
    }),
  );
  return made;
}

describe("half blocks", () => {
  test("two pixels of a character are its two colours; codes only where they change", () => {
    const [line, ...others] = pictureLines(picture("rr..", "ww.."), "true", "#000000");
    expect(others).toEqual([]);
    expect(line).toBe("\x1b[48;2;255;255;255;38;2;255;0;0m▀▀\x1b[48;2;0;0;0m  \x1b[0m");
  });

  test("of 256 colours", () => {
    expect(pictureLines(picture("r", "."), "256", "#000000")).toEqual(["\x1b[48;5;16;38;5;196m▀\x1b[0m"]);
    expect([nearest256(0, 0, 0), nearest256(255, 255, 255), nearest256(255, 0, 0)]).toEqual([16, 231, 196]);
    expect([nearest256(128, 128, 128), nearest256(95, 135, 175)]).toEqual([244, 67]);
  });
});

describe("braille, where there are no colours", () => {
  test("a dot for each pixel that differs from the background", () => {
    expect(pictureLines(picture("w.", "..", "..", ".w"), "none", "#000000")).toEqual(["⢁"]);
    expect(pictureLines(picture("ww", "ww", "ww", "ww"), "none", "#000000")).toEqual(["⣿"]);
    expect(pictureLines(picture("ww", "ww", "ww", "ww"), "none", "#ffffff")).toEqual([" "]);
    expect(pixelsPerCell("none")).toEqual([2, 4]);
  });
});

describe("lines of steps", () => {
  const moment: Moment = {
    env: "E-v0",
    episode: 2,
    step: 3,
    action: Float32Array.of(0.5, -0.123456),
    observation: Float32Array.of(1 / 3, 2),
    reward: -1,
    return: -3,
    terminated: false,
    truncated: true,
    over: true,
    drawing: null,
  };

  test("tell action, reward, return, observation, and how it ended", () => {
    expect(momentLines(moment, 1)).toEqual(["    3  [0.5, -0.1235]         -1         -3  [0.3333, 2]  truncated"]);
    expect(momentLines({ ...moment, truncated: false }, 1)[0]).toMatch(/ {2}left$/);
    expect(momentLines({ ...moment, truncated: false, over: false }, 1)[0]).toMatch(/2\]$/);
  });

  test("begin with a header, and the episode's number where there are several", () => {
    const first = { ...moment, step: 0, action: null, over: false };
    expect(momentLines(first, 1)).toEqual([
      " step    action     reward     return  observation",
      "    0                                  [0.3333, 2]",
    ]);
    expect(momentLines(first, 2)[0]).toBe("\nEpisode 2");
  });

  test("numbers are short, and long lists end early", () => {
    expect(shortValue(1234567)).toBe("1234567");
    expect(shortValue(0.000123456)).toBe("0.0001235");
    expect(shortValue(new Float32Array(20))).toBe("[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …]");
    expect(shortValue(null)).toBe("");
  });
});
