// Identity with forbidden actions: which ones are allowed changes from step to step, and a forbidden one throws.
// A policy that ignores the masks does not get far.
import { InputError, RunError } from "../../errors.ts";
import { createGenerator, type Generator, type GeneratorState } from "../../random/index.ts";
import { discrete, type Discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Env, Info, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";

/** Options of {@link MaskedIdentity}. */
export interface MaskedIdentityOptions {
  /** Number of states and of actions. Default 6. */
  n?: number;
  /** Steps after which an episode is truncated; also the best return. Default 100. */
  episodeLength?: number;
}

/**
 * Observation: a state of 0 … n − 1. Action: 0 … n − 1, of those that `actionMask()` allows: always the state's number,
 * and each other one by the toss of a coin in each step. Reward: 1 when the action is the state's number, otherwise 0. Each step
 * draws a new state. Episodes are truncated at a fixed length; nothing terminates.
 */
export class MaskedIdentity implements Env<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  readonly #episodeLength: number;
  readonly #mask: Uint8Array;
  #generator: Generator | null = null;
  #state = 0;
  #elapsed = 0;

  constructor(options: MaskedIdentityOptions = {}) {
    const { n, episodeLength } = readOptions("MaskedIdentity-v0", options, { n: 6, episodeLength: 100 });
    if (!Number.isSafeInteger(episodeLength) || episodeLength < 1) {
      throw new InputError(
        `MaskedIdentity: episodeLength is ${episodeLength}, but must be a whole number of at least 1`,
      );
    }
    this.actionSpace = discrete(n);
    this.observationSpace = discrete(n);
    this.#mask = new Uint8Array(n);
    this.#episodeLength = episodeLength;
  }

  reset(seed?: number): { observation: number; info: Info } {
    this.#generator = seededGenerator(seed, this.#generator);
    this.#elapsed = 0;
    this.#drawState(this.#generator);
    return { observation: this.#state, info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<number>): Step<number> {
    if (this.#generator === null) throw new RunError("MaskedIdentity: step() before the first reset()");
    if (!Number.isInteger(action) || !this.#mask[action]) {
      const allowed = Array.from(this.#mask.keys()).filter((i) => this.#mask[i]);
      throw new RunError(
        `MaskedIdentity: the action ${valueText(action)} is forbidden now; allowed are ${allowed.join(", ")}`,
      );
    }
    const reward = action === this.#state ? 1 : 0;
    this.#drawState(this.#generator);
    const truncated = ++this.#elapsed >= this.#episodeLength;
    return Object.assign(out ?? { info: {} }, { observation: this.#state, reward, terminated: false, truncated });
  }

  actionMask(): Uint8Array {
    return this.#mask;
  }

  #drawState(generator: Generator): void {
    this.#state = Math.floor(generator.random() * this.#mask.length);
    for (let i = 0; i < this.#mask.length; i++) this.#mask[i] = generator.random() < 0.5 ? 1 : 0;
    this.#mask[this.#state] = 1;
  }

  getState(): MaskedIdentityState {
    if (this.#generator === null) throw new RunError("MaskedIdentity: getState() before the first reset()");
    const mask = Array.from(this.#mask);
    return { state: this.#state, mask, elapsed: this.#elapsed, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { state, mask, elapsed, generator } = saved as MaskedIdentityState;
    this.#state = state;
    this.#mask.set(mask);
    this.#elapsed = elapsed;
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
  }
}

interface MaskedIdentityState {
  state: number;
  mask: number[];
  elapsed: number;
  generator: GeneratorState;
}
