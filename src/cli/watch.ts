// polgrad watch <run>: shows how a trained policy plays, in the terminal or as a file.

import { resolve } from "node:path";
import { whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import type { Command } from "commander";
import { palettes, type Drawing } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { createPicture, paint } from "../runs/animation/raster.ts";
import { sizeOf } from "../runs/animation/svg.ts";
import { checkAnimationPath, speed, writeMoments } from "../runs/animation/write-animation.ts";
import type { Moment } from "../runs/play-run.ts";
import { naturalNumber, positiveInteger } from "./arguments.ts";
import type { Context, Output } from "./context.ts";
import { addEnvironmentFlags, settleEnvironment, type EnvironmentFlags } from "./foreign-environment.ts";
import { columnsOf, isLive, useColor } from "./live-lines.ts";
import { openScreen } from "./screen.ts";
import { momentLines, shortValue } from "./step-table.ts";
import { pictureLines, pixelsPerCell, type ColourMode } from "./terminal-picture.ts";

interface WatchFlags extends EnvironmentFlags {
  episodes: number;
  seed: number;
  stochastic?: true;
  best?: true;
  fps?: number;
  maxSteps: number;
  svg?: string;
  gif?: string;
  theme?: Theme;
  force?: true;
  debug?: true;
}

type Theme = "light" | "dark";

/** Defines `polgrad watch`; `done` takes the exit code. */
export function defineWatch(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Play episodes with the policy of a run and show them: in the terminal, or as an animated SVG or GIF. " +
        "Without a picture or a terminal, every step is a line. " +
        "The episodes are the first that polgrad evaluate plays with the same seed.",
    )
    .argument("<run>", "the run's folder")
    .option("--episodes <integer>", "how many episodes", positiveInteger("--episodes"), 1)
    .option("--seed <integer>", "of the environment, and of the actions if they are drawn", naturalNumber("--seed"), 1)
    .option("--stochastic", "draw actions from the policy, rather than take the likeliest")
    .option("--best", "the best policy of the run, rather than its last")
    .option("--fps <integer>", "steps per second (default: what looks natural)", positiveInteger("--fps"))
    .option("--max-steps <integer>", "steps after which an episode is left", positiveInteger("--max-steps"), 5000)
    .option("--svg <file>", "write an animated SVG, which follows light and dark colours")
    .option("--gif <file>", "write a GIF")
    .option("--theme <light|dark>", "colours of the terminal's picture or the GIF", parseTheme)
    .option("--force", "write over files that are there already")
    .option("--debug", "show where in the code an error arose");
  addEnvironmentFlags(command);
  command.action(async (run: string, flags: WatchFlags) => {
    const { episodes, seed, stochastic, best, maxSteps } = flags;
    const files = targets(flags, context.cwd);
    const environment = await settleEnvironment(run, flags, context);
    const interruption = context.interruption();
    const { signal } = interruption;
    const options = { episodes, seed, deterministic: stochastic !== true, best, maxSteps, signal, ...environment };
    const moments = context.library.playRun(run, options);
    const ends =
      files.length > 0 ? await write(moments, files, flags, context) : await play(moments, flags, context, signal);
    for (const end of ends) context.stdout.write(`${summary(end, episodes)}\n`);
    done(signal.aborted ? interruption.exitCode : 0);
  });
}

function parseTheme(text: string): Theme {
  if (text === "light" || text === "dark") return text;
  throw new InputError(`--theme must be light or dark, not ${JSON.stringify(text)}`);
}

/** The files that were asked for, as absolute paths. */
function targets({ svg, gif, force }: WatchFlags, cwd: string): { path: string; shown: string }[] {
  const files = Object.entries({ svg, gif }).flatMap(([kind, file]) => {
    if (file === undefined) return [];
    if (!file.toLowerCase().endsWith(`.${kind}`))
      throw new InputError(`--${kind} ${file}: its name must end in .${kind}`);
    return [{ path: resolve(cwd, file), shown: file }];
  });
  for (const { path } of files) checkAnimationPath(path, force);
  return files;
}

/** The last moment of each episode. */
type Ends = Moment[];

function summary({ env, episode, return: total, step, terminated, truncated, over }: Moment, episodes: number): string {
  const which = episodes > 1 ? `, episode ${episode}` : "";
  const how = terminated || truncated ? "" : over ? ", left there" : ", stopped there";
  return `${inOneLine(env)}${which}: return ${shortValue(total)} in ${whole(step)} step${step === 1 ? "" : "s"}${how}`;
}

async function write(
  moments: AsyncIterable<Moment>,
  files: readonly { path: string; shown: string }[],
  { fps, theme }: WatchFlags,
  { stdout }: Context,
): Promise<Ends> {
  const seen: Moment[] = [];
  for await (const moment of moments) seen.push(moment);
  if (seen.length === 0) return []; // stopped before it began
  for (const { path, shown } of files) {
    const bytes = await writeMoments(seen, path, { fps, theme });
    stdout.write(`${shown}: ${whole(Math.max(1, bytes / 1000))} kB\n`);
  }
  return seen.filter((moment, i) => moment.over || i === seen.length - 1);
}

/** Shows the episodes as they are played. */
async function play(
  moments: AsyncIterable<Moment>,
  flags: WatchFlags,
  { stdout }: Context,
  signal: AbortSignal,
): Promise<Ends> {
  const ends: Ends = [];
  let last: Moment | undefined;
  let viewer: Viewer | undefined;
  const close = () => viewer?.close();
  signal.addEventListener("abort", close); // at once, so that a second Ctrl-C leaves the terminal in order
  try {
    for await (const moment of moments) {
      viewer ??= isRoomy(stdout) && moment.drawing ? pictureViewer(stdout, flags) : tableViewer(stdout, flags);
      await viewer.show(moment, signal);
      if (moment.over) ends.push(moment);
      last = moment;
    }
  } finally {
    close();
    signal.removeEventListener("abort", close);
  }
  if (last && !last.over) ends.push(last);
  return ends;
}

interface Viewer {
  /** Shows a moment, and waits until it is time for the next. */
  show(moment: Moment, signal: AbortSignal): Promise<void>;
  close(): void;
}

function tableViewer(output: Output, { episodes, fps }: WatchFlags): Viewer {
  const clock = createClock();
  return {
    async show(moment, signal) {
      const width = isLive(output) ? columnsOf(output) : Infinity;
      for (const line of momentLines(moment, episodes)) output.write(`${cut(line, width)}\n`);
      if (fps !== undefined) await clock.wait(1 / fps, signal);
    },
    close() {},
  };
}

/** Pictures per second that a terminal is asked for at most. */
const mostPictures = 30;
/** The end of an episode is seen for so long, in seconds. */
const pauseSeconds = 0.7;

function pictureViewer(output: Output, flags: WatchFlags): Viewer {
  const screen = openScreen(output);
  const clock = createClock();
  const theme = flags.theme ?? themeOf(process.env.COLORFGBG);
  const mode = colourMode(output);
  return {
    async show(moment, signal) {
      const fps = speed(moment, flags.fps);
      const every = Math.ceil(fps / mostPictures);
      const isDue = moment.step % every === 0 && !clock.isLate();
      if (isDue || moment.over || moment.step === 0) {
        const status = cut(inOneLine(statusLine(moment, flags.episodes)), columnsOf(output));
        screen.show([...drawingLines(moment.drawing!, output, mode, theme), status]);
      }
      await clock.wait(moment.over ? pauseSeconds : 1 / fps, signal);
    },
    close: () => screen.close(),
  };
}

function statusLine({ step, action, reward, return: total, episode }: Moment, episodes: number): string {
  const which = episodes > 1 ? `episode ${episode} of ${episodes}, ` : "";
  const what =
    step === 0 ? "" : `, action ${shortValue(action)}, reward ${shortValue(reward)}, return ${shortValue(total)}`;
  return `${which}step ${step}${what}`;
}

/** Columns and rows of a picture at most: a larger one only flickers. */
const largest = { columns: 120, rows: 40 };

function drawingLines(drawing: Drawing, output: Output, mode: ColourMode, theme: Theme): string[] {
  const [across, down] = pixelsPerCell(mode);
  const columns = Math.min(largest.columns, columnsOf(output));
  const rows = Math.min(largest.rows, (output.rows ?? 24) - 2);
  // Half a character cell, or a dot of braille, is about square.
  const { width, height } = sizeOf(drawing.view, columns * across, rows * down);
  const picture = createPicture(roundTo(width, across), roundTo(height, down));
  paint(drawing, picture, palettes[theme]);
  return pictureLines(picture, mode, palettes[theme].background);
}

const roundTo = (size: number, unit: number): number => Math.max(unit, Math.round(size / unit) * unit);

/** Whether a picture has room here. */
const isRoomy = (output: Output): boolean => isLive(output) && columnsOf(output) >= 20 && (output.rows ?? 24) >= 8;

function colourMode(output: Output): ColourMode {
  const depth = useColor() ? (output.getColorDepth?.() ?? 24) : 1;
  return depth >= 24 ? "true" : depth >= 8 ? "256" : "none";
}

/** From the colours that some terminals report, as in "0;15" for black on white; dark where none is reported. */
function themeOf(colours: string | undefined): Theme {
  const background = Number(colours?.split(";").at(-1) || NaN);
  return background === 7 || background > 8 ? "light" : "dark";
}

const cut = (line: string, width: number): string => (line.length <= width ? line : `${line.slice(0, width - 1)}…`);

/** Keeps time: what is shown late is not made up for by waiting. */
function createClock() {
  let due = performance.now();
  return {
    isLate: () => performance.now() > due + 50,
    async wait(seconds: number, signal: AbortSignal): Promise<void> {
      due = Math.max(due, performance.now() - 200) + 1000 * seconds;
      const rest = due - performance.now();
      if (rest > 0 && !signal.aborted) await sleep(rest, signal);
    },
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake) => {
    const timer = setTimeout(end, milliseconds);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      wake();
    }
    signal.addEventListener("abort", end);
  });
}
