// An episode of the policy that a run ended with, kept as episode.svg in its folder, for the report to show.

import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AsyncEnv } from "../../envs/index.ts";
import type { Training } from "../../training/index.ts";
import { writeFileAtomic } from "../files.ts";
import { evaluationSeed } from "../final-evaluation.ts";
import { moments, type Moment } from "../play-run.ts";
import { runFiles } from "../run-folder.ts";
import { speed, svgOf } from "./write-animation.ts";

/** Seconds that are shown, steps of them, and milliseconds that playing them may take. */
const [mostSeconds, mostSteps, mostMilliseconds] = [20, 1000, 300];
/** Characters of the animation as it stands in a page. */
const largest = 140_000;
/** Widths of the picture to try, in pixels: a smaller one takes fewer numbers for its movements. */
const widths = [480, 320, 240];

/**
 * Plays the first episode of the final evaluation once more and keeps what it looks like. Where the environment cannot
 * draw itself, is slow, or cannot be shown in little room, nothing is kept, nor what was there before.
 */
export async function keepEpisode(run: string, training: Training): Promise<void> {
  const path = runFiles(run).episode;
  rmSync(path, { force: true });
  try {
    const svg = animationOf(await playedBy(training, await training.anotherEnv!()));
    if (svg !== null) writeFileAtomic(path, svg);
  } catch {
    // A picture that fails is none that a run could do without: the evaluation has told what went wrong.
  }
}

async function playedBy({ policy, envName }: Training, env: AsyncEnv): Promise<Moment[]> {
  if (!env.draw) return [];
  const played: Moment[] = [];
  const end = performance.now() + mostMilliseconds;
  for await (const moment of moments(policy, env, envName!, { seed: evaluationSeed, maxSteps: mostSteps })) {
    played.push(moment);
    if (played.length > mostSeconds * speed(moment, undefined) || performance.now() > end) break;
  }
  return played;
}

/** An animation that is small enough: a smaller picture where need be, or less of the episode; null if none is. */
export function animationOf(played: readonly Moment[]): string | null {
  for (let shown = played; shown.length > 1; shown = shown.slice(0, shown.length >> 1))
    for (const width of widths) {
      const svg = svgOf(shown, { width, height: (width * 2) / 3 });
      if (dataAddress(svg).length <= largest) return svg;
    }
  return null;
}

/** The animation of a run's last policy; null if there is none, or none that a page can hold. */
export function readEpisode(run: string): string | null {
  const path = runFiles(run).episode;
  if (!existsSync(path) || statSync(path).size > largest) return null;
  const svg = readFileSync(path, "utf8");
  return dataAddress(svg).length > largest ? null : svg;
}

/** The same at its beginning, where nothing moves. */
export const still = (svg: string): string => svg.replace(/<animate [^>]*\/>/g, "");

/** An SVG as an address, for an image: what is in it is then drawn, and can do nothing else. */
export const dataAddress = (svg: string): string =>
  `data:image/svg+xml,${svg.replace(/[%#"<>&\n\r\t]|[^ -~]+/g, encodeURIComponent)}`;
