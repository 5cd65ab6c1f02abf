// The environments of a training: those of this thread in vectors, and one for evaluations.

import { closeEnvs, createVectorEnv, makeEnv, type Env, type VectorEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { copyOf } from "../globals.ts";
import type { SeedSequence } from "../random/index.ts";
import { createPauseCheck } from "../threads/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** The environments that this thread holds open. */
export interface OpenEnvironments {
  readonly vectors: readonly VectorEnv[];
  readonly evaluation: Env | undefined;
  /** Lets the evaluation's environment know what the training's first has adapted to, where they adapt. */
  shareAdaptation(): void;
  /** Closes all, once; `warn` is told of those that fail. */
  close(warn: (message: string) => void): void;
}

/**
 * Makes environments.
 *
 * @param sizes of the vectors that they are stepped in
 * @param check is given the first, before there are others
 * @param many whether messages are to tell one worker from others
 * @throws InputError if one cannot be made, or two are the same object
 */
export async function openEnvironments(
  algorithm: string,
  options: ResolvedOptions,
  sizes: readonly number[],
  seeds: () => SeedSequence,
  many: boolean,
  check: (env: Env) => void,
): Promise<OpenEnvironments> {
  const opened: Env[] = [];
  const open = async (): Promise<Env> => {
    const env = await makeEnv(options.env, options.envOptions);
    opened.push(env);
    return env;
  };
  const close = (warn: (message: string) => void): void => closeEnvs(opened.splice(0), warn);
  try {
    const total = sizes.reduce((a, b) => a + b, 0);
    check(await open());
    while (opened.length < total) await open();
    const envs = [...opened];
    const evaluation = options.evaluateEvery > 0 ? await open() : undefined;
    if (evaluation && envs.includes(evaluation))
      throw new InputError(
        `${algorithm}: option "evaluateEvery" needs a separate environment, but "env" returns the same object each ` +
          `time: return a new one`,
      );
    let first = 0;
    // This thread is worker 0, or plays them all in turn; the pool names the others.
    const vectors = sizes.map((size, worker) =>
      createVectorEnv(
        envs.slice(first, (first += size)),
        seeds(),
        first - size,
        many ? `worker ${worker} failed: ` : "",
        createPauseCheck(),
      ),
    );
    return {
      vectors,
      evaluation,
      shareAdaptation() {
        if (evaluation?.adapts) evaluation.setState!(copyOf(envs[0].getState!()));
      },
      close,
    };
  } catch (error) {
    close(console.warn);
    throw error;
  }
}
