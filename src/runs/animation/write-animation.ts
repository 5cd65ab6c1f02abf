// Episodes of a run as a file to look at: an animated SVG or a GIF.

import { InputError } from "../../errors.ts";
import { short } from "../../text/numbers.ts";
import { checkTarget, writeFileAtomic } from "../files.ts";
import { playRun, type Moment, type PlayRunOptions } from "../play-run.ts";
import { animationSvg, type Caption } from "./svg.ts";
import type { GifFrame } from "./gif.ts";
import type { Frame } from "./tracks.ts";

/** How an animation looks. */
export interface AnimationOptions {
  /** Steps per second. Default: what looks natural in this environment. */
  readonly fps?: number;
  /** Colours of a GIF; an SVG follows its reader's. Default "light". */
  readonly theme?: "light" | "dark";
}

/** Options of {@link writeAnimation}. */
export interface WriteAnimationOptions extends PlayRunOptions, AnimationOptions {
  /** Write over a file that is there already. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Plays episodes with the policy of a run and writes what they look like. An SVG stands alone, moves by itself in every
 * browser and follows light and dark colours; a GIF is larger, and goes where SVGs do not.
 *
 * @param path ends in `.svg` or `.gif`
 * @returns the size of the file in bytes
 * @throws InputError if the run is missing, foreign or damaged, its environment cannot draw itself, or no such file
 *   can be made; RunError if the disk refuses
 */
export async function writeAnimation(run: string, path: string, options: WriteAnimationOptions = {}): Promise<number> {
  checkAnimationPath(path, options.overwrite);
  const moments: Moment[] = [];
  for await (const moment of playRun(run, options)) moments.push(moment);
  return writeMoments(moments, path, options);
}

/** @throws InputError if nothing can or should be written there */
export function checkAnimationPath(path: string, overwrite = false): void {
  if (!/\.(svg|gif)$/i.test(path)) throw new InputError(`an animation is an SVG or a GIF: ${path} ends in neither`);
  checkTarget(path, overwrite);
}

/**
 * Writes what was seen, and gives the size of the file. @throws InputError if that is nothing, or cannot be drawn
 */
export async function writeMoments(
  moments: readonly Moment[],
  path: string,
  options: AnimationOptions,
): Promise<number> {
  if (moments.length === 0) throw new InputError(`nothing was played that ${path} could show`);
  const data = /\.gif$/i.test(path) ? await gifOf(moments, options) : Buffer.from(svgOf(moments, options));
  writeFileAtomic(path, data);
  return data.length;
}

/** Seconds for which the end of an episode is seen. */
const pauseSeconds = 1;

/** The text of an animated SVG. */
export function svgOf(
  moments: readonly Moment[],
  { fps, ...size }: AnimationOptions & { readonly width?: number; readonly height?: number } = {},
): string {
  const frames: Frame[] = [];
  const captions: Caption[] = [];
  let time = 0;
  for (const moment of moments) {
    const drawing = drawingOf(moment);
    const { episode } = moment;
    frames.push({ time, episode, drawing });
    const isLast = isEnd(moments, moment);
    time += isLast ? pauseSeconds : 1 / speed(moment, fps);
    if (!isLast) continue;
    frames.push({ time, episode, drawing });
    const soFar = moment.terminated || moment.truncated ? "" : " so far";
    captions.push({ episode, text: `${moment.env}: return ${short(moment.return)} in ${moment.step} steps${soFar}` });
  }
  return animationSvg(frames, time, captions, { ...size, title: `An episode of ${moments[0].env}` });
}

/** More frames per second are left out: many programs show no more. */
const mostFrames = 25;

/** The bytes of a GIF. */
export async function gifOf(moments: readonly Moment[], { fps, theme }: AnimationOptions = {}): Promise<Uint8Array> {
  const { animationGif } = await import("./gif.ts");
  const frames = moments.flatMap((moment): GifFrame[] => {
    const every = Math.ceil(speed(moment, fps) / mostFrames);
    const isLast = isEnd(moments, moment);
    if (!isLast && moment.step % every !== 0) return [];
    const caption = `${moment.env}  step ${moment.step}  return ${short(moment.return)}`;
    return [{ drawing: drawingOf(moment), caption, seconds: isLast ? pauseSeconds : every / speed(moment, fps) }];
  });
  return animationGif(frames, { theme });
}

/** Steps per second. */
export const speed = ({ drawing }: Moment, fps: number | undefined): number => fps ?? drawing?.fps ?? 30;

/** Whether nothing more is known of its episode. */
const isEnd = (moments: readonly Moment[], moment: Moment): boolean => moment.over || moment === moments.at(-1);

function drawingOf({ drawing, env }: Moment): NonNullable<Moment["drawing"]> {
  if (drawing) return drawing;
  throw new InputError(
    `${env} cannot be drawn: its environment has no draw(). Without a file, polgrad watch lists what happens`,
  );
}
