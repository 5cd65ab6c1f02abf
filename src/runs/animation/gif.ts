// An animation as a GIF, painted pixel by pixel.

import * as gifencModule from "gifenc";
import type { Gifenc } from "gifenc";
import { palettes, type Drawing } from "../../envs/index.ts";
import { createPicture, paint, paintOver, paintText } from "./raster.ts";
import { sizeOf } from "./svg.ts";

/** A picture and for how long it is seen. */
export interface GifFrame {
  readonly drawing: Drawing;
  readonly caption: string;
  readonly seconds: number;
}

/** Node loads gifenc as CommonJS, whose exports are all in `default`; bundlers load its other file, whose are named. */
const gifenc = (gifencModule.quantize ? gifencModule : gifencModule.default) as Gifenc;

const captionHeight = 18;
/** Colours of a frame: those of the shapes and of their edges. One more stands for "as before". */
const mostColours = 63;
/** Frames that the colours are chosen from. */
const sampledFrames = 12;

/**
 * @param options `theme`: default light; the picture is at most `width` × `height` pixels, default 480 × 360, and the
 *   caption below it
 */
export function animationGif(
  frames: readonly GifFrame[],
  options: { theme?: "light" | "dark"; width?: number; height?: number } = {},
): Uint8Array {
  const palette = palettes[options.theme ?? "light"];
  const size = sizeOf(frames[0].drawing.view, options.width ?? 480, options.height ?? 360);
  const picture = createPicture(size.width, size.height + captionHeight);
  const { width, height, rgba } = picture;
  const painted = (frame: GifFrame): Uint8ClampedArray => {
    paint(frame.drawing, picture, palette, size.height);
    paintCaption(frame.caption);
    return rgba;
  };
  const paintCaption = (caption: string): void => {
    const area = { width, height: captionHeight, rgba: rgba.subarray(4 * width * size.height) };
    paintOver(area.rgba, palette.background);
    paintText(caption, 6, 4, 2, area, palette.ink);
  };

  const samples = Array.from({ length: Math.min(sampledFrames, frames.length) }, (_, i) =>
    painted(frames[Math.floor(((i + 0.5) * frames.length) / Math.min(sampledFrames, frames.length))]).slice(),
  );
  const colours = gifenc.quantize(concatenated(samples), mostColours);
  const same = colours.length;
  const gif = gifenc.GIFEncoder();
  let before: Uint8Array | null = null;
  for (const frame of frames) {
    const index = gifenc.applyPalette(painted(frame), colours);
    const changed = before ? index.map((colour, k) => (colour === before![k] ? same : colour)) : index;
    gif.writeFrame(changed, width, height, {
      ...(before ? { transparent: true, transparentIndex: same } : { palette: [...colours, [0, 0, 0]] }),
      delay: Math.round(frame.seconds * 1000),
      dispose: 1,
    });
    before = index;
  }
  gif.finish();
  return gif.bytes();
}

function concatenated(parts: readonly Uint8ClampedArray[]): Uint8ClampedArray {
  const whole = new Uint8ClampedArray(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
