// A trial as it travels: what is trained and evaluated, and nothing of the machine that asks for it. Its id is fixed by
// what is in it, so that a job that was added twice is one, and one that was altered is none.

import * as z from "zod/mini";
import type { EnvModule, EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { localeError } from "../suites/file-schema.ts";
import type { TrainingTask } from "../suites/training-task.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import { strictBits } from "./fingerprint.ts";
import { queueName, sha256 } from "./keys.ts";
import { moduleFile, moduleUrl, type AllowedModule } from "./modules.ts";

/** Which checkpoints of a trial are kept: its best, its last, or both. */
export const keepChoices = ["all", "last", "best"] as const;
export type Keep = (typeof keepChoices)[number];

const whole = z.int().check(z.minimum(0));
const trialEnv = z.union([
  z.string().check(z.minLength(1)),
  z.strictObject({
    /** SHA-256 of the module's content. */
    module: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    /** Its file's name, for people. */
    file: z.string().check(z.minLength(1), z.maxLength(255)),
    export: z.optional(z.string()),
    options: z.optional(z.record(z.string(), z.unknown())),
  }),
]);

const trialShape = z.strictObject({
  format: z.literal("polgrad-trial-1"),
  title: z.string().check(z.maxLength(500)),
  algorithm: z.string(),
  env: trialEnv,
  /** All of the algorithm's, with nothing left out, but `env`. */
  options: z.record(z.string(), z.unknown()),
  evaluation: z.strictObject({
    episodes: z.int().check(z.minimum(1)),
    seed: whole,
    deterministic: z.boolean(),
  }),
  keep: z.enum(keepChoices),
});

/** What is in a job. */
export type Trial = z.output<typeof trialShape>;

/** Characters of a job's data. */
const mostCharacters = 1 << 20;

/** The trial of a training. @param module the content hash of its environment's module, where it has one */
export function trialOf({ title, algorithm, options, evaluation }: TrainingTask, keep: Keep, module?: string): Trial {
  const { env, ...others } = options;
  const source = env as string | EnvModule;
  const named =
    typeof source === "string" || module === undefined
      ? String(source)
      : { ...source, module, file: moduleFile(String(source.module)) };
  const plain = JSON.parse(JSON.stringify({ env: named, options: others, evaluation })) as Pick<Trial, "env" | "options" | "evaluation">; // prettier-ignore
  return { format: "polgrad-trial-1", title: title.slice(0, 500), algorithm, ...plain, keep };
}

/** The id of a trial's job. @param sweep that of whose trial it is: letters and digits */
export const jobId = (sweep: string, trial: Trial): string =>
  `${sweep}-${sha256(JSON.stringify(canonical(trial))).slice(0, 40)}`;

/** With names in alphabetical order: Redis may give them in another. */
const canonical = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(canonical)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, one]) => [name, canonical(one)]),
        )
      : value;

/**
 * A trial from Redis, checked as a file of others is.
 *
 * @throws InputError if it is none, or not the one that the id names
 */
export function parseTrial(id: string, data: unknown): Trial {
  const text = JSON.stringify(data) ?? "";
  if (text.length > mostCharacters)
    throw new InputError(
      `job ${id} is too large: ${text.length} characters, and at most ${mostCharacters} are possible`,
    );
  const parsed = trialShape.safeParse(data, { error: localeError });
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new InputError(
      `job ${id} is damaged: ${path.length === 0 ? "" : `"${path.map(String).join(".")}": `}${message}`,
    );
  }
  const [sweep] = id.split("-", 1);
  if (jobId(sweep, parsed.data) !== id)
    throw new InputError(`job ${id} is damaged: its content is not what its id says`);
  return parsed.data;
}

/** The queue of a trial. @param bits of the machine that asks for it */
export const queueOf = ({ env, options }: Trial, bits: string): string =>
  queueName(options.strict === true ? strictBits : bits, typeof env === "string" ? undefined : env.module);

/**
 * The training of a trial on this machine.
 *
 * @param run the folder in which it is trained
 * @throws InputError in words about what this machine lacks, or is wrong with its options
 */
export function taskOf(id: string, trial: Trial, run: string, allowed: readonly AllowedModule[]): TrainingTask {
  const { title, algorithm, options, evaluation } = trial;
  const env = envOn(trial, allowed);
  return {
    id,
    title,
    run,
    algorithm,
    options: resolveOptions(algorithmNamed(algorithm), { ...options, env }),
    evaluation,
    command: "polgrad worker",
    report: false, // it is made where the run is kept
  };
}

function envOn({ env }: Trial, allowed: readonly AllowedModule[]): EnvSource {
  if (typeof env === "string") return env;
  const { module, file, ...others } = env;
  const found = allowed.find(({ hash }) => hash === module);
  if (found === undefined)
    throw new InputError(
      `its environment ${file} has the content ${module.slice(0, 12)}, which no file has that this worker may run: ` +
        `copy it here with its lock file, and start the worker with --allow-module ${file}`,
    );
  return { ...others, module: moduleUrl(found.path) };
}
