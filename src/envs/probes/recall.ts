// Recall: what is shown in the first step must be named some steps later. A policy without a memory succeeds in half of
// the episodes, one with a memory in all.
import { InputError, RunError } from "../../errors.ts";
import { createGenerator, type Generator, type GeneratorState } from "../../random/index.ts";
import { discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Env, Info, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";

const blank = 2;

/** Options of {@link Recall}. */
export interface RecallOptions {
  /** How many blank observations follow the cue. Default 4. */
  delay?: number;
}

/**
 * Observation: the cue, 0 or 1, at first; then 2, a blank, `delay` times. Action: 0 or 1; only the one at the last of
 * these observations counts, and terminates. Reward: 1 there for naming the cue, otherwise 0. An episode has `delay` +
 * 1 steps.
 */
export class Recall implements Env<number, number> {
  readonly observationSpace = discrete(3);
  readonly actionSpace = discrete(2);
  readonly #delay: number;
  #generator: Generator | null = null;
  #cue = 0;
  #elapsed = 0;

  constructor(options: RecallOptions = {}) {
    const { delay } = readOptions("Recall-v0", options, { delay: 4 });
    if (!Number.isSafeInteger(delay) || delay < 0) {
      throw new InputError(`Recall-v0: option "delay" is ${delay}, but must be a whole number of at least 0`);
    }
    this.#delay = delay;
  }

  reset(seed?: number): { observation: number; info: Info } {
    this.#generator = seededGenerator(seed, this.#generator);
    this.#cue = this.#generator.random() < 0.5 ? 0 : 1;
    this.#elapsed = 0;
    return { observation: this.#cue, info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<number>): Step<number> {
    if (action !== 0 && action !== 1)
      throw new RunError(`Recall: the action is ${valueText(action)}, but must be 0 or 1`);
    if (this.#generator === null) throw new RunError("Recall: step() before the first reset()");
    const terminated = this.#elapsed >= this.#delay;
    const reward = terminated && action === this.#cue ? 1 : 0;
    this.#elapsed++;
    return Object.assign(out ?? { info: {} }, { observation: blank, reward, terminated, truncated: false });
  }

  getState(): RecallState {
    if (this.#generator === null) throw new RunError("Recall: getState() before the first reset()");
    return { cue: this.#cue, elapsed: this.#elapsed, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { cue, elapsed, generator } = saved as RecallState;
    this.#cue = cue;
    this.#elapsed = elapsed;
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
  }
}

interface RecallState {
  cue: number;
  elapsed: number;
  generator: GeneratorState;
}
