// What the folders of RLHF hold: runs with their metrics and texts, and beside them what best-of-n reached and how well the
// reward model predicts preferences. Whatever is missing is null, and its part of the report is left out.

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod/mini";
import { InputError } from "../../errors.ts";
import { inOneLine } from "../../text/printable.ts";
import type { UpdateReport } from "../../training/index.ts";
import { assertShape, readJson } from "../json.ts";
import { readRun, type Run } from "../read-run.ts";
import { readConfig, runFiles } from "../run-folder.ts";
import { readTexts, type WatchedOfUpdate, type WrongSample } from "./texts.ts";

/** A run of RLHF. */
export interface RlhfRun {
  /** The name of its folder. */
  readonly name: string;
  /** Weight of the KL penalty at the start; NaN where the configuration has none. */
  readonly beta: number;
  /** "β = 0.1", with the folder's name where another run has the same. */
  readonly label: string;
  readonly config: Run["config"];
  readonly summary: Run["summary"];
  readonly updates: readonly UpdateReport[];
  /** What was written behind the fixed prompts; of many updates those of some, evenly. */
  readonly texts: readonly WatchedOfUpdate[];
  /** Texts that the reward is most wrong about. */
  readonly wrongest: readonly WrongSample[];
  /** Whether it has a report of its own. */
  readonly hasReport: boolean;
}

/** The best of n texts by the reward model, for one n: means, and the KL log n − (n − 1)/n. */
export interface BestOfN {
  readonly n: number;
  readonly kl: number;
  readonly proxy: number;
  readonly truth?: number | null;
  readonly wellFormed?: number | null;
}

/** How often the reward model is right about pairs. */
export interface Calibration {
  /** The share of pairs in which the preferred text has the larger score. */
  readonly accuracy: number;
  readonly pairs: number;
  /** Mean predicted probability and observed share of a text's being preferred, and how many pairs. */
  readonly bins: readonly { readonly predicted: number; readonly observed: number; readonly count: number }[];
}

/** All that a report is made from. */
export interface RlhfFolder {
  readonly path: string;
  /** By ascending β; at least one. */
  readonly runs: readonly RlhfRun[];
  readonly bestOfN: readonly BestOfN[];
  readonly calibration: Calibration | null;
}

const figure = z.nullable(z.number());
const bestOfNShape = z.object({
  points: z.array(
    z.object({
      n: z.number(),
      kl: z.number(),
      proxy: z.number(),
      truth: z.optional(figure),
      wellFormed: z.optional(figure),
    }),
  ),
});
const calibrationShape = z.object({
  accuracy: z.number(),
  pairs: z.number(),
  bins: z.array(z.object({ predicted: z.number(), observed: z.number(), count: z.number() })),
});

/** The algorithm's name in config.json. */
const algorithm = "rlhf";

/** What the name of a run among others begins with. */
const prefix = "kl-";

/** Whether a folder is a run of RLHF, or holds such runs and is none of its own. Damaged ones count as others. */
export function holdsRlhf(folder: string): boolean {
  if (existsSync(runFiles(folder).config)) return isRlhfRun(folder);
  return runsIn(folder).length > 0;
}

function isRlhfRun(folder: string): boolean {
  try {
    return readConfig(folder).algorithm === algorithm;
  } catch {
    return false;
  }
}

/** The runs of several β below a folder: each is named after its own. */
function runsIn(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
    .map(({ name }) => join(folder, name))
    .filter(isRlhfRun);
}

/**
 * Reads a run of RLHF, or a folder of several.
 *
 * @throws InputError if there is none, or a file of it is damaged
 */
export function readRlhf(folder: string): RlhfFolder {
  const isRun = existsSync(runFiles(folder).config);
  const found = (isRun ? [folder] : runsIn(folder)).map((path) => ({ path, run: readRun(path) }));
  if (found.length === 0) throw new InputError(`${folder} is not the folder of a run of RLHF, and holds none`);
  const betas = found.map(({ run }) => betaOf(run));
  const runs = found.map(({ path, run }, i): RlhfRun => {
    const { config, summary, updates } = run;
    const name = inOneLine(basename(resolve(path)));
    const isAlone = betas.filter((beta) => Object.is(beta, betas[i])).length === 1;
    const beta = Number.isNaN(betas[i]) ? "β unknown" : `β = ${betas[i]}`;
    const label = isAlone ? beta : `${beta} (${name})`;
    const { watched: texts, wrongest } = readTexts(runFiles(path).texts);
    const hasReport = existsSync(runFiles(path).report);
    return { name, beta: betas[i], label, config, summary, updates, texts, wrongest, hasReport };
  });
  runs.sort((a, b) => (Number.isNaN(a.beta) ? 1 : Number.isNaN(b.beta) ? -1 : a.beta - b.beta));
  // A run among others reads what is beside them; what lies beside any other is not ours.
  const isAmongOthers = isRun && basename(resolve(folder)).startsWith(prefix);
  const places = isAmongOthers ? [folder, dirname(resolve(folder))] : [folder];
  const bestOfN = readBeside<{ points: BestOfN[] }>(places, "best-of-n.json", bestOfNShape)?.points ?? [];
  const calibration = readBeside<Calibration>(places, "calibration.json", calibrationShape);
  return { path: folder, runs, bestOfN: [...bestOfN].sort((a, b) => a.n - b.n), calibration };
}

const betaOf = ({ config }: Run): number =>
  typeof config.options.klCoefficient === "number" ? config.options.klCoefficient : NaN;

function readBeside<T>(places: readonly string[], name: string, shape: z.ZodMiniType): T | null {
  const path = places.map((place) => join(place, name)).find((path) => existsSync(path));
  return path === undefined ? null : assertShape<T>(readJson(path), shape, path);
}

/** A metric over the updates of a run, where it is finite. */
export const metricOf = ({ updates }: RlhfRun, name: string): { update: number; value: number }[] =>
  updates.flatMap(({ update, metrics }) => {
    const value = metrics[name];
    return value === undefined || !Number.isFinite(value) ? [] : [{ update, value }];
  });
