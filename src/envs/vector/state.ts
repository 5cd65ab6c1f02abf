// The state of a vector of environments as a checkpoint keeps it; states of parts of a vector, joined and split.
import { InputError } from "../../errors.ts";
import type { GeneratorState } from "../../random/index.ts";
import type { Episode } from "./episode.ts";

/** What `getState` of a vector returns. */
export interface VectorState {
  steps: number;
  /** Arrays of floats as bits, see `bits.ts`. */
  observations: number[];
  finalObservations: number[];
  rewards: number[];
  terminated: number[];
  truncated: number[];
  finished: Episode[];
  environments: ({
    stream: GeneratorState;
    seed: number;
    return: number;
    length: number;
    /** The open episode's actions, where the environment has no getState; 0.1.0 kept them as bits in a list. */
    actions?: Float32Array | Int32Array | number[];
    /** The environment's state, if it has getState. */
    state?: unknown;
  } | null)[];
}

/** The state of one environment; null for one that is new, and begins its first episode. */
export type EnvironmentState = VectorState["environments"][number];

/** The state of all environments together, from those of its parts in order, as `getState` returns them. */
export function joinVectorStates(parts: readonly unknown[]): unknown {
  const states = parts as readonly VectorState[];
  const joined: VectorState = { ...states[0], finished: [] };
  for (const name of arrays) joined[name] = states.flatMap((s) => s[name]);
  joined.environments = states.flatMap((s) => s.environments);
  let first = 0;
  for (const { finished, environments } of states) {
    for (const e of finished) joined.finished.push({ ...e, environment: first + e.environment });
    first += environments.length;
  }
  return joined;
}

/** The inverse of {@link joinVectorStates}: the states of parts of these sizes. */
export function splitVectorState(state: unknown, sizes: readonly number[]): unknown[] {
  const whole = state as VectorState;
  const n = sizes.reduce((total, size) => total + size, 0);
  if (whole?.environments?.length !== n) throw new InputError(`not a state of ${n} environments`);
  let first = 0;
  return sizes.map((size) => {
    const from = first;
    const to = (first += size);
    const part: VectorState = { ...whole, environments: whole.environments.slice(from, to) };
    for (const name of arrays) {
      const width = whole[name].length / n;
      part[name] = whole[name].slice(from * width, to * width);
    }
    part.finished = whole.finished
      .filter(({ environment }) => environment >= from && environment < to)
      .map((e) => ({ ...e, environment: e.environment - from }));
    return part;
  });
}

/** The state for another number of environments: the last ones are left out, or new ones are added behind them. */
export function resizedVectorState(state: unknown, size: number): unknown {
  const whole = state as VectorState;
  const n = whole.environments.length;
  const resized: VectorState = {
    ...whole,
    environments: Array.from({ length: size }, (_, i) => whole.environments[i] ?? null),
    finished: whole.finished.filter(({ environment }) => environment < size),
  };
  for (const name of arrays) {
    const width = whole[name].length / n;
    resized[name] = Array.from({ length: size * width }, (_, k) => whole[name][k] ?? 0);
  }
  return resized;
}

/** What has as many numbers for one environment as for another. */
const arrays = ["observations", "finalObservations", "rewards", "terminated", "truncated"] as const;
