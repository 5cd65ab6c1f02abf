// Identity environments: the action that equals the state earns 1. What any algorithm must solve within a few thousand
// steps, as in Stable-Baselines3's tests.
import { InputError, RunError } from "../../errors.ts";
import type { Generator, GeneratorState } from "../../random/index.ts";
import { createGenerator } from "../../random/index.ts";
import { box, discrete, encode, type Discrete, type Space } from "../../spaces/index.ts";
import type { Env, Info, Observation, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { actionProblem } from "../problems.ts";
import { seededGenerator } from "../seeding.ts";

/** Options of {@link Identity}. */
export interface IdentityOptions {
  /** Number of states and of actions. Default 4. */
  n?: number;
  /** Steps after which an episode is truncated; also the best return. Default 100. */
  episodeLength?: number;
  /** What is observed: the state's number (Discrete), or its one-hot vector (Box). Default "discrete". */
  observe?: "discrete" | "box";
}

/**
 * Observation: a state of 0 … n − 1. Action: 0 … n − 1. Reward: 1 when the action is the state's number, otherwise 0.
 * Each step draws a new state. Episodes are truncated at a fixed length; nothing terminates.
 */
export class Identity implements Env<Observation, number> {
  readonly observationSpace: Space;
  readonly actionSpace: Discrete;
  readonly #episodeLength: number;
  #generator: Generator | null = null;
  #state = 0;
  #elapsed = 0;

  constructor(options: IdentityOptions = {}) {
    const { n, episodeLength, observe } = readOptions<Required<IdentityOptions>>("Identity", options, {
      n: 4,
      episodeLength: 100,
      observe: "discrete",
    });
    if (!Number.isSafeInteger(episodeLength) || episodeLength < 1) {
      throw new InputError(`Identity: episodeLength is ${episodeLength}, but must be a whole number of at least 1`);
    }
    if (observe !== "discrete" && observe !== "box") {
      throw new InputError(`Identity: observe is "${String(observe)}", but must be "discrete" or "box"`);
    }
    this.actionSpace = discrete(n);
    this.observationSpace = observe === "box" ? box(0, 1, [n]) : discrete(n);
    this.#episodeLength = episodeLength;
  }

  reset(seed?: number): { observation: Observation; info: Info } {
    this.#generator = seededGenerator(seed, this.#generator);
    this.#elapsed = 0;
    this.#drawState(this.#generator);
    return { observation: this.#observe(), info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step): Step {
    if (this.#generator === null) throw new RunError("Identity: step() before the first reset()");
    const problem = actionProblem(this.actionSpace, action);
    if (problem) throw new RunError(`Identity: ${problem}`);
    const reward = action === this.#state ? 1 : 0;
    this.#drawState(this.#generator);
    const observation = this.#observe(out?.observation);
    const truncated = ++this.#elapsed >= this.#episodeLength;
    return Object.assign(out ?? { info: {} }, { observation, reward, terminated: false, truncated });
  }

  #drawState(generator: Generator): void {
    this.#state = Math.floor(generator.random() * this.actionSpace.n);
  }

  #observe(into?: Observation): Observation {
    if (this.observationSpace.kind === "discrete") return this.#state;
    const vector = into instanceof Float32Array ? into : new Float32Array(this.actionSpace.n);
    encode(this.actionSpace, this.#state, vector);
    return vector;
  }

  getState(): IdentityState {
    if (this.#generator === null) throw new RunError("Identity: getState() before the first reset()");
    return { state: this.#state, elapsed: this.#elapsed, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { state, elapsed, generator } = saved as IdentityState;
    this.#state = state;
    this.#elapsed = elapsed;
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
  }
}

interface IdentityState {
  state: number;
  elapsed: number;
  generator: GeneratorState;
}
