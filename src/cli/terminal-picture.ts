// Pictures in a terminal: half blocks where there are colours, otherwise the dots of braille.

import type { Picture } from "../runs/animation/raster.ts";
import { rgb } from "../runs/animation/raster.ts";

/** How a terminal shows colours: 24 bits, the 256 of xterm, or not at all. */
export type ColourMode = "true" | "256" | "none";

/** Pixels of one character, across and down. */
export const pixelsPerCell = (mode: ColourMode): [number, number] => (mode === "none" ? [2, 4] : [1, 2]);

/** The lines of a picture, each as wide as the picture's pixels allow, without line breaks. */
export function pictureLines(picture: Picture, mode: ColourMode, background: string): string[] {
  const [across, down] = pixelsPerCell(mode);
  const columns = Math.floor(picture.width / across);
  const rows = Math.floor(picture.height / down);
  const line = mode === "none" ? brailleLine(background) : halfBlockLine(mode);
  return Array.from({ length: rows }, (_, row) => line(picture, row, columns));
}

type LineWriter = (picture: Picture, row: number, columns: number) => string;

const halfBlockLine =
  (mode: "true" | "256"): LineWriter =>
  ({ width, rgba }, row, columns) => {
    const colourAt = (x: number, y: number): string => {
      const k = 4 * (y * width + x);
      const [r, g, b] = [rgba[k], rgba[k + 1], rgba[k + 2]];
      return mode === "true" ? `2;${r};${g};${b}` : `5;${nearest256(r, g, b)}`;
    };
    let text = "";
    let [foreground, back] = ["", ""];
    for (let x = 0; x < columns; x++) {
      const [upper, lower] = [colourAt(x, 2 * row), colourAt(x, 2 * row + 1)];
      const codes: string[] = [];
      if (lower !== back) codes.push(`48;${(back = lower)}`);
      if (upper !== lower && upper !== foreground) codes.push(`38;${(foreground = upper)}`);
      if (codes.length > 0) text += `\x1b[${codes.join(";")}m`;
      text += upper === lower ? " " : "▀";
    }
    return `${text}\x1b[0m`;
  };

/** Difference of brightness from the background, of 255, at which a dot is set. */
const visible = 40;

/** Bits of the dots of a braille character, by row and column. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

const brailleLine =
  (background: string): LineWriter =>
  ({ width, rgba }, row, columns) => {
    const empty = brightness(...rgb(background));
    let text = "";
    for (let x = 0; x < columns; x++) {
      let dots = 0;
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 2; j++) {
          const k = 4 * ((4 * row + i) * width + 2 * x + j);
          if (Math.abs(brightness(rgba[k], rgba[k + 1], rgba[k + 2]) - empty) > visible) dots |= dotBits[i][j];
        }
      }
      text += dots === 0 ? " " : String.fromCodePoint(0x2800 + dots);
    }
    return text;
  };

const brightness = (r: number, g: number, b: number): number => 0.3 * r + 0.59 * g + 0.11 * b;

const levels = [0, 95, 135, 175, 215, 255];

/** The number of the nearest of xterm's colours: of its 6 × 6 × 6 cube, or of its 24 greys. */
export function nearest256(r: number, g: number, b: number): number {
  const level = (x: number) =>
    levels.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(levels[best] - x) ? i : best), 0);
  const [i, j, k] = [level(r), level(g), level(b)];
  const grey = Math.min(23, Math.max(0, Math.round(((r + g + b) / 3 - 8) / 10)));
  const shade = 8 + 10 * grey;
  const distance = (x: number, y: number, z: number) => (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
  const ofCube = distance(levels[i], levels[j], levels[k]);
  return distance(shade, shade, shade) < ofCube ? 232 + grey : 16 + 36 * i + 6 * j + k;
}
