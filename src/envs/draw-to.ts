// Draws an environment's picture onto a canvas of a page, as `polgrad watch --svg` does into a file.

import { palettes, placeView, type Drawing, type Placement, type Shape } from "./drawing.ts";

/** What of a canvas's 2D context is used: a `CanvasRenderingContext2D` has it, and so has an offscreen one. */
export interface Canvas2d {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  lineCap: string;
  lineJoin: string;
  font: string;
  textAlign: string;
  textBaseline: string;
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  fill(): void;
  stroke(): void;
  fillText(text: string, x: number, y: number): void;
}

/** What is drawn on: an `HTMLCanvasElement` or an `OffscreenCanvas`. */
export interface DrawTarget {
  width: number;
  height: number;
  /** In a page's layout, in CSS pixels; undefined or 0 outside of one. */
  readonly clientWidth?: number;
  readonly clientHeight?: number;
  readonly style?: { width: string; height: string };
  /** Its 2D context; null where there is none. */
  getContext(kind: "2d"): Canvas2d | null;
}

/** How {@link drawTo} draws. */
export interface DrawOptions {
  /** Colours. Default: those that the reader prefers (`prefers-color-scheme`), and light where that is unknown. */
  readonly theme?: "light" | "dark";
  /** Pixels of the canvas per CSS pixel. Default: the screen's `devicePixelRatio`; 1 outside of a page's layout. */
  readonly pixelRatio?: number;
}

/**
 * Draws a picture onto a canvas, over all of it: as large as fits, in the middle. A canvas in a page's layout gets as many
 * pixels as its size there has on the screen, so that lines are sharp; give it its size by CSS, as `width: 100%;
 * aspect-ratio: 3 / 2`.
 *
 * @example
 * ```ts
 * import { drawTo, makeEnv } from "polgrad";
 *
 * const env = await makeEnv("CartPole-v1");
 * env.reset(1);
 * drawTo(document.querySelector("canvas")!, env.draw!());
 * ```
 */
export function drawTo(canvas: DrawTarget, drawing: Drawing, { theme, pixelRatio }: DrawOptions = {}): void {
  const context = canvas.getContext("2d");
  if (!context) return; // has another kind of context, or the browser is out of them
  const palette = palettes[theme ?? preferredTheme()];
  const ratio = fitToScreen(canvas, pixelRatio);
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const placement = placeView(drawing.view, width, height);
  for (const shape of drawing.shapes) drawShape(context, shape, placement, palette);
}

const preferredTheme = (): "light" | "dark" =>
  globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ? "dark" : "light";

/** Gives a canvas in a layout the pixels that it has on the screen; returns how many that is per CSS pixel. */
function fitToScreen(canvas: DrawTarget, pixelRatio: number | undefined): number {
  const { clientWidth: width = 0, clientHeight: height = 0, style } = canvas;
  if (width === 0 || height === 0) return pixelRatio ?? 1;
  const ratio = pixelRatio ?? globalThis.devicePixelRatio ?? 1;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width === columns && canvas.height === rows) return ratio;
  canvas.width = columns;
  canvas.height = rows;
  // Without a size by CSS the element would grow with its pixels.
  if (style && canvas.clientWidth !== width) style.width = `${width}px`;
  if (style && canvas.clientHeight !== height) style.height = `${height}px`;
  return ratio;
}

function drawShape(
  context: Canvas2d,
  shape: Shape,
  { scale, toPixels }: Placement,
  palette: (typeof palettes)["light"],
): void {
  if (shape.kind === "text") {
    context.fillStyle = palette[shape.fill];
    context.font = `${shape.size * scale}px system-ui, sans-serif`;
    context.fillText(shape.text, ...toPixels(shape.x, shape.y));
    return;
  }
  context.beginPath();
  if (shape.kind === "circle") context.arc(...toPixels(shape.x, shape.y), shape.radius * scale, 0, 2 * Math.PI);
  else {
    shape.points.forEach(([x, y], i) =>
      i === 0 ? context.moveTo(...toPixels(x, y)) : context.lineTo(...toPixels(x, y)),
    );
    if (shape.kind === "polygon") context.closePath();
  }
  if ("fill" in shape && shape.fill) {
    context.fillStyle = palette[shape.fill];
    context.fill();
  }
  if (shape.stroke) {
    context.strokeStyle = palette[shape.stroke];
    context.lineWidth = (shape.width ?? 0) * scale;
    context.stroke();
  }
}
