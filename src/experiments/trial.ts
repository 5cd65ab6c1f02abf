// Carries out a trial of an experiment: the default export is what its process runs. Its rows are written whole, once all
// are there, so that whatever is found of a trial is done.

import { mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import { InputError } from "../errors.ts";
import { inProcess } from "../jobs/fork-job.ts";
import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { readJsonLines } from "./json-lines.ts";
import { version } from "../version.ts";
import { loadExperiment } from "./catalog.ts";
import type { Row, Settings, Trial } from "./experiment.ts";
import { Interrupted } from "./turns.ts";

/** A trial as data that another process can be given. */
export interface TrialTask {
  readonly experiment: string;
  readonly trial: Trial;
  readonly quick: boolean;
  /** Where its rows go, as JSON lines; the first says what they are of. */
  readonly file: string;
}

interface Heading {
  readonly experiment: string;
  readonly trial: string;
  readonly settings: Settings;
  readonly quick: boolean;
  readonly polgrad: string;
  readonly seconds: number;
}

/** Carries out a trial that is not done yet. */
export default async function carryOutTrial(
  { experiment: name, trial, quick, file }: TrialTask,
  controls: JobControls<number> = {},
): Promise<JobOutcome> {
  const experiment = await loadExperiment(name);
  const start = performance.now();
  let rows: readonly Row[];
  try {
    rows = await experiment.carryOut(trial.settings, controls);
  } catch (error) {
    if (error instanceof Interrupted) return "interrupted";
    throw error;
  }
  const heading: Heading = {
    experiment: name,
    trial: trial.id,
    settings: trial.settings,
    quick,
    polgrad: version,
    seconds: Number(((performance.now() - start) / 1000).toFixed(3)),
  };
  mkdirSync(dirname(file), { recursive: true });
  const lines = [heading, ...rows].map((line) => `${JSON.stringify(line)}\n`);
  writeFileAtomic(file, lines.join(""), true);
  return "finished";
}

/** The same, in a process of its own. */
export const forkTrial = inProcess<TrialTask, number>(
  new URL(`./trial${extname(import.meta.url)}`, import.meta.url).href,
);

/** What a trial gave. */
export interface TrialResult {
  readonly rows: readonly Row[];
  readonly seconds: number;
}

/** The rows of a trial that is done, each with its settings; null if it is not, or was of other settings. */
export function readTrial({ trial, quick, file }: TrialTask): TrialResult | null {
  const lines = readJsonLines(file);
  if (lines === null) return null;
  const [heading, ...rows] = lines as unknown as [Heading, ...Row[]];
  if (typeof heading?.settings !== "object")
    throw new InputError(`${file} is not the data of a trial: remove it, or name another folder with --out`);
  if (heading.quick !== quick || JSON.stringify(heading.settings) !== JSON.stringify(trial.settings)) return null;
  return { rows: rows.map((row) => ({ ...trial.settings, ...row })), seconds: heading.seconds };
}
