// The environments of a training: those of this thread in vectors, and one for evaluations.

import { closeEnvs, createVectorEnv, makeEnv, type AsyncEnv, type VectorEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { copyOf } from "../globals.ts";
import type { SeedSequence } from "../random/index.ts";
import { createPauseCheck } from "../threads/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** The environments that this thread holds open. */
export interface OpenEnvironments {
  readonly vectors: readonly VectorEnv[];
  readonly evaluation: AsyncEnv | undefined;
  /**
   * One more, for what is played when training is over; it knows what training's first has adapted to, and is closed with
   * the others.
   *
   * @throws InputError if it cannot be made
   */
  another(): Promise<AsyncEnv>;
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
  check: (env: AsyncEnv) => void,
): Promise<OpenEnvironments> {
  const opened: AsyncEnv[] = [];
  const open = async (): Promise<AsyncEnv> => {
    const env = await makeEnv(options.env, options.envOptions, options.maxEpisodeSteps);
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
    const share = (env: AsyncEnv | undefined): void => {
      if (env?.adapts) env.setState!(copyOf(envs[0].getState!()));
    };
    return {
      vectors,
      evaluation,
      async another() {
        const env = await makeEnv(options.env, options.envOptions, options.maxEpisodeSteps);
        if (opened.includes(env)) return env; // a module's only one
        opened.push(env);
        share(env);
        return env;
      },
      shareAdaptation: () => share(evaluation),
      close,
    };
  } catch (error) {
    close(console.warn);
    throw error;
  }
}
