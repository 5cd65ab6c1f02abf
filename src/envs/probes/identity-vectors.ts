// Identity environments whose actions are vectors: the action that equals the observed target earns most. What any
// algorithm for such actions must solve within a few thousand steps.
import { InputError, RunError } from "../../errors.ts";
import { createGenerator, type Generator, type GeneratorState } from "../../random/index.ts";
import { box, multiBinary, multiDiscrete, type Space } from "../../spaces/index.ts";
import { createStep, type Env, type Info, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { actionProblem } from "../problems.ts";
import { seededGenerator } from "../seeding.ts";

type Vector = Float32Array | Int32Array;

/** What one of these environments is about. */
interface Task<V extends Vector> {
  name: string;
  /** Space of observations and of actions. */
  space: Space;
  episodeLength: number;
  target: V;
  /** Writes the next target into `target`. */
  draw(generator: Generator): void;
  /** For an action in the space. */
  reward(action: V): number;
}

class IdentityVector<V extends Vector> implements Env<V, V> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly #task: Task<V>;
  #generator: Generator | null = null;
  #elapsed = 0;

  constructor(task: Task<V>) {
    if (!Number.isSafeInteger(task.episodeLength) || task.episodeLength < 1) {
      throw new InputError(
        `${task.name}: episodeLength is ${task.episodeLength}, but must be a whole number of at least 1`,
      );
    }
    this.observationSpace = task.space;
    this.actionSpace = task.space;
    this.#task = task;
  }

  reset(seed?: number): { observation: V; info: Info } {
    this.#generator = seededGenerator(seed, this.#generator);
    this.#elapsed = 0;
    this.#task.draw(this.#generator);
    return { observation: this.#task.target.slice() as V, info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: V, out?: Step<V>): Step<V> {
    const { name, space, target, episodeLength } = this.#task;
    if (this.#generator === null) throw new RunError(`${name}: step() before the first reset()`);
    const problem = actionProblem(space, action);
    if (problem) throw new RunError(`${name}: ${problem}`);
    const result = out ?? (createStep(space) as Step<V>);
    result.reward = this.#task.reward(action);
    this.#task.draw(this.#generator);
    result.observation.set(target);
    result.terminated = false;
    result.truncated = ++this.#elapsed >= episodeLength;
    return result;
  }

  getState(): IdentityVectorState {
    const { name, target } = this.#task;
    if (this.#generator === null) throw new RunError(`${name}: getState() before the first reset()`);
    return { target: Array.from(target), elapsed: this.#elapsed, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { target, elapsed, generator } = saved as IdentityVectorState;
    this.#task.target.set(target);
    this.#elapsed = elapsed;
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
  }
}

interface IdentityVectorState {
  target: number[];
  elapsed: number;
  generator: GeneratorState;
}

/** Options of {@link identityContinuous} and {@link identityMultiBinary}. */
export interface IdentityVectorOptions {
  /** Number of components. Default 1 of continuous, 3 of binary ones. */
  n?: number;
  /** Steps after which an episode is truncated. Default 100. */
  episodeLength?: number;
}

/**
 * Observation: a target in −1 … 1 (Box of n). Action: Box of n within the same bounds. Reward: minus the squared
 * distance; the best return is 0, that of zeros −n · 100/3.
 */
export function identityContinuous(options: IdentityVectorOptions = {}): Env<Float32Array, Float32Array> {
  const { n, episodeLength } = readOptions("IdentityContinuous-v0", options, { n: 1, episodeLength: 100 });
  const space = box(-1, 1, [n]);
  const target = new Float32Array(n);
  return new IdentityVector({
    name: "IdentityContinuous",
    space,
    episodeLength,
    target,
    draw: (generator) => generator.fillUniform(target, -1, 1),
    reward: (action) => target.reduce((sum, wanted, i) => sum - (action[i] - wanted) * (action[i] - wanted), 0),
  });
}

/** Options of {@link identityMultiDiscrete}. */
export interface IdentityMultiDiscreteOptions {
  /** Alternatives of each component. Default [3, 2]. */
  counts?: readonly number[];
  /** Steps after which an episode is truncated; also the best return. Default 100. */
  episodeLength?: number;
}

/** Observation and action: MultiDiscrete. Reward: the share of components that are the target's. */
export function identityMultiDiscrete(options: IdentityMultiDiscreteOptions = {}): Env<Int32Array, Int32Array> {
  const { counts, episodeLength } = readOptions<Required<IdentityMultiDiscreteOptions>>(
    "IdentityMultiDiscrete-v0",
    options,
    { counts: [3, 2], episodeLength: 100 },
  );
  return choices("IdentityMultiDiscrete", multiDiscrete(counts), counts, episodeLength);
}

/** Observation and action: MultiBinary of n. Reward: the share of components that are the target's. */
export function identityMultiBinary(options: IdentityVectorOptions = {}): Env<Int32Array, Int32Array> {
  const { n, episodeLength } = readOptions("IdentityMultiBinary-v0", options, { n: 3, episodeLength: 100 });
  const space = multiBinary(n);
  return choices("IdentityMultiBinary", space, Array<number>(n).fill(2), episodeLength);
}

function choices(
  name: string,
  space: Space,
  counts: readonly number[],
  episodeLength: number,
): Env<Int32Array, Int32Array> {
  const target = new Int32Array(counts.length);
  return new IdentityVector({
    name,
    space,
    episodeLength,
    target,
    draw(generator) {
      for (let i = 0; i < counts.length; i++) target[i] = Math.floor(generator.random() * counts[i]);
    },
    reward: (action) => target.reduce((right, wanted, i) => right + (action[i] === wanted ? 1 : 0), 0) / counts.length,
  });
}
