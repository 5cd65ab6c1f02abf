// Training from start to end, in Node and in a page.

import type { Algorithm, AlgorithmName } from "../algorithms/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { InputError, RunError } from "../errors.ts";
import type { CreateNetworks } from "../nn/index.ts";
import type { PolicyOf } from "../policies/index.ts";
import { messageOf } from "../text/values.ts";
import { assertCallbacks, assertSignal } from "./controls.ts";
import type { Bytes } from "../bytes.ts";
import { plainOptions } from "../text/plain-options.ts";
import { createTurns, runInTurns } from "./turns.ts";
import type { AlgorithmOptions } from "./options.ts";
import type { Resumption } from "./beginning.ts";
import { beginTraining, type Training, type TrainingInput, type UpdateReport } from "./training.ts";

/** What a training takes in addition to the options of its algorithm. */
export interface TrainControls<Source = EnvSource> {
  /** Networks of your own instead of `hidden`, `activation`, `sharedTrunk` and `memory`. */
  readonly networks?: CreateNetworks;
  /** Called after each update. A promise that it returns is waited for; what it throws ends the training. */
  readonly onUpdate?: (report: UpdateReport, training: Training<Source>) => unknown;
  /**
   * Called with each warning that settings do not seem to fit the problem, or that an environment could not be closed.
   * Default: `console.warn`.
   */
  readonly onWarning?: (message: string) => void;
  /** Ends training after the update in progress. An aborted one ends it before the first. */
  readonly signal?: AbortSignal;
  /** A checkpoint of an earlier result to go on from, with the same options, or with those that it says may differ. */
  readonly resume?: Bytes | Resumption;
  /** A policy to begin with, as `savePolicy` gives it: its weights, its normalizer, its networks. */
  readonly from?: Bytes;
}

/** The options of an algorithm, with `env` and the controls. */
export type TrainOptions<
  Name extends AlgorithmName = AlgorithmName,
  Source extends EnvSource = EnvSource,
> = AlgorithmOptions<Name, Source> & TrainControls<Source>;

/** What {@link train} returns. */
export interface TrainResult<Source = EnvSource> {
  /**
   * The policy as training left it: what it acts on and answers are the types of the environment that `env` makes.
   *
   * @throws InputError if the algorithm trains something else
   */
  readonly policy: PolicyOf<Source>;
  /**
   * The best policy by this call's evaluations, as bytes for `loadPolicy`, where `evaluateEvery` is set; undefined
   * elsewhere.
   */
  readonly bestPolicy: Uint8Array | undefined;
  /** Everything that is needed to go on, for `resume`. */
  readonly checkpoint: Uint8Array;
  readonly summary: TrainSummary;
}

/** A training in numbers. */
export interface TrainSummary {
  readonly algorithm: string;
  /** Null if the algorithm plays in no environment. */
  readonly env: string | null;
  readonly seed: number;
  readonly steps: number;
  readonly episodes: number;
  readonly meanReturn100: number | null;
  readonly solvedAtStep: number | null;
  readonly weightsSha256: string;
  readonly wallSeconds: number;
  /** Threads that worked: fewer than the option "workers" in a page that cannot have them. */
  readonly threads: number;
  /** Why they are fewer; undefined if they are not. */
  readonly threadsNote: string | undefined;
}

/** Trains with an algorithm, one that comes with polgrad or not: see `train`. */
export function trainBy<Source>(
  algorithm: Algorithm,
  isBuiltIn: boolean,
  options: TrainControls<Source>,
): Promise<TrainResult<Source>>;
export async function trainBy(algorithm: Algorithm, isBuiltIn: boolean, options: TrainControls): Promise<TrainResult> {
  const {
    onUpdate,
    onWarning = warn,
    signal,
    resume,
    from,
    ...rest
  } = plainOptions((options ?? {}) as TrainingInput & TrainControls, "the options of train"); // callers without types may pass anything
  assertSignal(signal);
  assertCallbacks({ onUpdate, onWarning });
  if (resume && from) throw new InputError('options "resume" and "from" are both given: a run goes on, or begins anew');
  const training = await beginTraining(algorithm, isBuiltIn, rest, from ? { from } : resume);
  const start = performance.now();
  const takeTurns = createTurns();
  let best: { mean: number; policy: Uint8Array } | undefined;
  try {
    while (!training.done && !signal?.aborted) {
      const report = await runInTurns(training.updateInSlices(), takeTurns);
      if (report.evaluation && !(best && best.mean >= report.evaluation.mean))
        best = { mean: report.evaluation.mean, policy: training.savePolicy() };
      report.warnings?.forEach((message) => onWarning(`${training.algorithm}: ${message}`));
      await onUpdate?.(report, training);
    }
    return {
      get policy() {
        return training.policy;
      },
      bestPolicy: best?.policy,
      checkpoint: training.checkpoint(),
      summary: summarize(training, (performance.now() - start) / 1000),
    };
  } catch (error) {
    throw withCheckpoint(error, training);
  } finally {
    training.close((message) => onWarning(`${training.algorithm}: ${message}`));
  }
}

/** What was thrown, with the last good state: nothing that was learned is lost. */
function withCheckpoint(thrown: unknown, training: Training): unknown {
  const error = thrown instanceof Error && Object.isExtensible(thrown) ? thrown : new RunError(messageOf(thrown), { cause: thrown }); // prettier-ignore
  try {
    (error as RunError).checkpoint = training.checkpoint();
  } catch {
    // an environment without a state any more: what failed first is told
  }
  return error;
}

const warn = (message: string): void => console.warn(message);

const summarize = (training: Training, wallSeconds: number): TrainSummary => ({
  algorithm: training.algorithm,
  env: training.envName,
  seed: training.options.seed as number,
  steps: training.step,
  episodes: training.episodes,
  meanReturn100: training.meanReturn100,
  solvedAtStep: training.solvedAtStep,
  weightsSha256: training.weightsSha256(),
  wallSeconds,
  threads: training.threads,
  threadsNote: training.threadsNote,
});
