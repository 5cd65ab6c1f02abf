// Paints a drawing into pixels, with smooth edges.

import { placeView, type Drawing, type Placement, type Point, type Shape, type ShapeRole } from "../../envs/index.ts";
import { glyphSquares } from "./font.ts";

/** Colours of all roles and of the background, as #rrggbb. */
export type Palette = Readonly<Record<ShapeRole | "background", string>>;

/** Pixels, row by row from the top: red, green, blue, and 255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export function createPicture(width: number, height: number): Picture {
  return { width, height, rgba: new Uint8ClampedArray(4 * width * height).fill(255) };
}

/** Paints over the whole picture, or the part of it that is `height` high. */
export function paint(drawing: Drawing, picture: Picture, palette: Palette, height = picture.height): void {
  const canvas = createCanvas(picture, height);
  paintOver(picture.rgba.subarray(0, 4 * picture.width * height), palette.background);
  const placement = placeView(drawing.view, picture.width, height);
  for (const shape of drawing.shapes) paintShape(shape, placement, canvas, palette);
}

/** Makes all pixels one colour. */
export function paintOver(rgba: Uint8ClampedArray, colour: string): void {
  const [red, green, blue] = rgb(colour);
  for (let k = 0; k < rgba.length; k += 4) {
    rgba[k] = red;
    rgba[k + 1] = green;
    rgba[k + 2] = blue;
  }
}

/** Writes a line of text with its upper left corner at (x, y), in squares of `size` pixels. */
export function paintText(text: string, x: number, y: number, size: number, picture: Picture, colour: string): void {
  const canvas = createCanvas(picture, picture.height);
  for (const [column, row] of glyphSquares(text)) {
    canvas.fill(square(x + column * size, y + row * size, size));
  }
  canvas.blend(rgb(colour));
}

function paintShape(shape: Shape, { scale, toPixels }: Placement, canvas: Canvas, palette: Palette): void {
  const stroke = (path: readonly Point[], role: ShapeRole, width: number) => {
    canvas.stroke(path, width * scale);
    canvas.blend(rgb(palette[role]));
  };
  switch (shape.kind) {
    case "line":
      stroke(
        shape.points.map(([x, y]) => toPixels(x, y)),
        shape.stroke,
        shape.width,
      );
      return;
    case "polygon": {
      const path = shape.points.map(([x, y]) => toPixels(x, y));
      if (shape.fill) {
        canvas.fill(path);
        canvas.blend(rgb(palette[shape.fill]));
      }
      if (shape.stroke && path.length > 0) stroke([...path, path[0]], shape.stroke, shape.width ?? 0);
      return;
    }
    case "circle": {
      const [x, y] = toPixels(shape.x, shape.y);
      const radius = shape.radius * scale;
      if (shape.fill) {
        canvas.ring(x, y, 0, radius);
        canvas.blend(rgb(palette[shape.fill]));
      }
      if (shape.stroke) {
        const half = ((shape.width ?? 0) * scale) / 2;
        canvas.ring(x, y, radius - half, radius + half);
        canvas.blend(rgb(palette[shape.stroke]));
      }
      return;
    }
    case "text": {
      const [x, y] = toPixels(shape.x, shape.y);
      const squares = glyphSquares(shape.text);
      const size = (shape.size * scale) / 5;
      const width = Math.max(0, ...squares.map(([column]) => column + 1));
      for (const [column, row] of squares) {
        canvas.fill(square(x + (column - width / 2) * size, y + (row - 2.5) * size, size));
      }
      canvas.blend(rgb(palette[shape.fill]));
    }
  }
}

/** A square from its upper left corner. */
const square = (left: number, top: number, size: number): Point[] => [
  [left, top],
  [left + size, top],
  [left + size, top + size],
  [left, top + size],
];

/** Collects how much of each pixel shapes cover, until a colour is blended there. */
interface Canvas {
  fill(path: readonly Point[]): void;
  stroke(path: readonly Point[], width: number): void;
  /** Between two circles around (x, y). */
  ring(x: number, y: number, inner: number, outer: number): void;
  blend(colour: Rgb): void;
}

/** Lines of samples within a row of pixels; along a line, coverage is exact. */
const samplesAcross = 5;

function createCanvas({ width, rgba }: Picture, height: number): Canvas {
  const coverage = new Float32Array(width * height);
  let [left, right, top, bottom] = [width, 0, height, 0]; // what has been covered, in pixels

  /** Extends it by a rectangle, and gives the pixels of that. */
  const touch = (x0: number, x1: number, y0: number, y1: number) => {
    const area = {
      left: Math.max(0, Math.floor(x0)),
      right: Math.min(width, Math.ceil(x1)),
      top: Math.max(0, Math.floor(y0)),
      bottom: Math.min(height, Math.ceil(y1)),
    };
    left = Math.min(left, area.left);
    right = Math.max(right, area.right);
    top = Math.min(top, area.top);
    bottom = Math.max(bottom, area.bottom);
    return area;
  };

  const addSpan = (row: number, from: number, to: number): void => {
    const [a, b] = [Math.max(0, from), Math.min(width, to)];
    for (let x = Math.floor(a); x < b; x++) {
      coverage[row * width + x] += (Math.min(b, x + 1) - Math.max(a, x)) / samplesAcross;
    }
  };

  /** Coverage by a distance: 1 inside of the edge, 0 outside, and between them over the width of a pixel. */
  const cover = (area: ReturnType<typeof touch>, inside: (x: number, y: number) => number, most: number): void => {
    for (let y = area.top; y < area.bottom; y++) {
      for (let x = area.left; x < area.right; x++) {
        const covered = Math.min(1, Math.max(0, inside(x + 0.5, y + 0.5) + 0.5)) * most;
        const k = y * width + x;
        if (covered > coverage[k]) coverage[k] = covered;
      }
    }
  };

  return {
    fill(path) {
      if (path.length < 3) return;
      const xs = path.map(([x]) => x);
      const ys = path.map(([, y]) => y);
      const area = touch(Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys));
      for (let row = area.top; row < area.bottom; row++) {
        for (let s = 0; s < samplesAcross; s++) {
          const y = row + (s + 0.5) / samplesAcross;
          let winding = 0;
          let from = 0;
          for (const { x, direction } of crossings(path, y)) {
            if (winding === 0) from = x;
            winding += direction;
            if (winding === 0) addSpan(row, from, x);
          }
        }
      }
    },
    stroke(path, strokeWidth) {
      // What is thinner than a pixel is painted a pixel wide, and fainter.
      const half = Math.max(1, strokeWidth) / 2;
      const most = Math.min(1, strokeWidth);
      const reach = half + 1;
      for (let i = 0; i + 1 < path.length; i++) {
        const [ax, ay] = path[i];
        const [bx, by] = path[i + 1];
        const area = touch(
          Math.min(ax, bx) - reach,
          Math.max(ax, bx) + reach,
          Math.min(ay, by) - reach,
          Math.max(ay, by) + reach,
        );
        const [dx, dy] = [bx - ax, by - ay];
        const squared = dx * dx + dy * dy;
        cover(
          area,
          (x, y) => {
            const along = squared === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / squared;
            const t = Math.min(1, Math.max(0, along));
            return half - Math.hypot(x - ax - t * dx, y - ay - t * dy);
          },
          most,
        );
      }
    },
    ring(cx, cy, inner, outer) {
      const thickness = inner <= 0 ? 2 * outer : outer - inner;
      const half = Math.max(1, thickness) / 2;
      const middle = inner <= 0 ? 0 : (inner + outer) / 2;
      const reach = Math.max(outer, middle + half) + 1;
      const area = touch(cx - reach, cx + reach, cy - reach, cy + reach);
      cover(area, (x, y) => half - Math.abs(Math.hypot(x - cx, y - cy) - middle), Math.min(1, thickness));
    },
    blend(colour) {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const k = y * width + x;
          const share = Math.min(1, coverage[k]);
          if (share === 0) continue;
          coverage[k] = 0;
          for (let c = 0; c < 3; c++) rgba[4 * k + c] += (colour[c] - rgba[4 * k + c]) * share;
        }
      }
      [left, right, top, bottom] = [width, 0, height, 0];
    },
  };
}

/** Where the edges of a polygon cross a horizontal line, from the left, and whether they go up or down. */
function crossings(path: readonly Point[], y: number): { x: number; direction: 1 | -1 }[] {
  const found: { x: number; direction: 1 | -1 }[] = [];
  for (let i = 0; i < path.length; i++) {
    const [ax, ay] = path[i];
    const [bx, by] = path[(i + 1) % path.length];
    if (ay <= y === by <= y) continue;
    found.push({ x: ax + ((y - ay) / (by - ay)) * (bx - ax), direction: by > ay ? 1 : -1 });
  }
  return found.sort((a, b) => a.x - b.x);
}

type Rgb = readonly [number, number, number];
const parsed = new Map<string, Rgb>();

/** #rrggbb as three numbers. */
export function rgb(colour: string): Rgb {
  let numbers = parsed.get(colour);
  if (!numbers) {
    const bits = Number.parseInt(colour.slice(1), 16);
    parsed.set(colour, (numbers = [bits >> 16, (bits >> 8) & 255, bits & 255]));
  }
  return numbers;
}
