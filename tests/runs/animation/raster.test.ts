import { describe, expect, test } from "vitest";
import type { Drawing, Shape } from "../../../src/envs/index.ts";
import { palettes, placeView } from "../../../src/envs/index.ts";
import { glyphSquares, textWidth } from "../../../src/runs/animation/font.ts";
import { createPicture, paint, paintText } from "../../../src/runs/animation/raster.ts";

/** Black on white, so that a pixel's share of black is its coverage. */
const palette = { ...palettes.light, background: "#ffffff", ink: "#000000", body: "#ff0000" };

/** Coverage of each pixel in a picture whose pixels are the units. */
function coverage(shapes: Shape[], width = 6, height = 4): number[][] {
  const picture = createPicture(width, height);
  paint({ view: { x: 0, y: 0, width, height }, shapes }, picture, palette);
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => 1 - picture.rgba[4 * (row * width + column)] / 255),
  );
}

const total = (rows: number[][]) => rows.flat().reduce((a, b) => a + b, 0);

describe("polygons", () => {
  test("cover pixels by their share, y up", () => {
    const points = [
      [1, 1],
      [3.5, 1],
      [3.5, 2],
      [1, 2],
    ] as const;
    expect(coverage([{ kind: "polygon", points, fill: "ink" }])).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 1, 1, expect.closeTo(0.5, 2), 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  test.each([false, true])("of any orientation have their area (reversed: %s)", (reversed) => {
    const points: [number, number][] = [
      [0.3, 0.4],
      [5.1, 1.2],
      [2.2, 3.7],
    ];
    const rows = coverage([{ kind: "polygon", points: reversed ? points.reverse() : points, fill: "ink" }]);
    expect(total(rows)).toBeCloseTo(7.16, 1);
  });

  test("beyond the edges are cut off there", () => {
    const points = [
      [-100, -100],
      [100, -100],
      [100, 2],
      [-100, 2],
    ] as const;
    const rows = coverage([{ kind: "polygon", points, fill: "ink" }]);
    expect(rows.map((row) => Math.round(total([row])))).toEqual([0, 0, 6, 6]);
  });

  test("with an outline alone are empty inside", () => {
    const points = [
      [0.5, 0.5],
      [5.5, 0.5],
      [5.5, 3.5],
      [0.5, 3.5],
    ] as const;
    const rows = coverage([{ kind: "polygon", points, stroke: "ink", width: 1 }]);
    expect(rows[0]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(rows[1]).toEqual([1, 0, 0, 0, 0, 1]);
  });
});

describe("lines and circles", () => {
  test("a line has its width, and round ends", () => {
    const line: Shape = {
      kind: "line",
      points: [
        [5, 10],
        [35, 10],
      ],
      stroke: "ink",
      width: 4,
    };
    expect(total(coverage([line], 40, 20))).toBeCloseTo(30 * 4 + Math.PI * 4, 0);
  });

  test("a line thinner than a pixel is faint, not gone", () => {
    const points = [
      [0, 1.5],
      [6, 1.5],
    ] as const;
    const rows = coverage([{ kind: "line", points, stroke: "ink", width: 0.25 }]);
    expect(rows[2][3]).toBeCloseTo(0.25, 2);
    expect(rows[1][3]).toBe(0);
  });

  test("a corner is not painted twice", () => {
    const points = [
      [1.5, 1.5],
      [3.5, 1.5],
      [3.5, 3.5],
    ] as const;
    const rows = coverage([{ kind: "line", points, stroke: "ink", width: 0.25 }]);
    expect(Math.max(...rows.flat())).toBeCloseTo(0.25, 2);
    expect(rows[2][3]).toBeCloseTo(0.25, 2);
  });

  test("a disc and a ring have their areas", () => {
    const disc: Shape = { kind: "circle", x: 20, y: 20, radius: 10, fill: "ink" };
    const ring: Shape = { kind: "circle", x: 20, y: 20, radius: 10, stroke: "ink", width: 3 };
    expect(total(coverage([disc], 40, 40)) / (100 * Math.PI)).toBeCloseTo(1, 2);
    expect(total(coverage([ring], 40, 40)) / (60 * Math.PI)).toBeCloseTo(1, 2);
    expect(coverage([ring], 40, 40)[20][20]).toBe(0);
  });
});

test("later shapes are painted over earlier ones", () => {
  const square = (fill: "ink" | "body"): Shape => ({ kind: "circle", x: 3, y: 2, radius: 2, fill });
  const picture = createPicture(6, 4);
  paint({ view: { x: 0, y: 0, width: 6, height: 4 }, shapes: [square("ink"), square("body")] }, picture, palette);
  expect([...picture.rgba.slice(4 * (6 + 3), 4 * (6 + 3) + 4)]).toEqual([255, 0, 0, 255]);
});

test("a view keeps its proportions, in the middle", () => {
  const { scale, toPixels } = placeView({ x: -1, y: -1, width: 2, height: 2 }, 100, 40);
  expect(scale).toBe(20);
  expect(toPixels(0, 0)).toEqual([50, 20]);
  expect(toPixels(-1, -1)).toEqual([30, 40]);
});

test("a picture is painted anew each time", () => {
  const picture = createPicture(6, 4);
  const drawing = (x: number): Drawing => ({
    view: { x: 0, y: 0, width: 6, height: 4 },
    shapes: [{ kind: "circle", x, y: 2, radius: 1, fill: "ink" }],
  });
  paint(drawing(1), picture, palette);
  paint(drawing(5), picture, palette);
  const other = createPicture(6, 4);
  paint(drawing(5), other, palette);
  expect(picture.rgba).toEqual(other.rgba);
});

describe("text", () => {
  test("is made of squares; what has no glyph is a question mark", () => {
    expect(glyphSquares("I").length).toBe(9);
    expect(glyphSquares("i-").filter(([column]) => column >= 4)).toEqual([
      [4, 2],
      [5, 2],
      [6, 2],
    ]);
    expect(glyphSquares("é")).toEqual(glyphSquares("?"));
    expect([textWidth(""), textWidth("AB")]).toEqual([0, 7]);
  });

  test("of a drawing stands around its point", () => {
    const rows = coverage([{ kind: "text", x: 10, y: 5, text: "0", size: 5, fill: "ink" }], 20, 10);
    expect(total(rows)).toBeCloseTo(12, 1);
    for (const row of rows) row.forEach((x, column) => expect(x).toBeCloseTo(row[19 - column], 2));
    expect(rows.map((row) => total([row]) > 0).indexOf(true)).toBe(2);
  });

  test("of a caption begins at its corner", () => {
    const picture = createPicture(10, 12);
    paintText("T", 2, 1, 2, picture, "#000000");
    const black = [...picture.rgba.keys()].filter((k) => k % 4 === 0 && picture.rgba[k] === 0).map((k) => k / 4);
    expect(black.slice(0, 6)).toEqual([12, 13, 14, 15, 16, 17]);
    expect(black).toHaveLength(7 * 4);
  });
});
