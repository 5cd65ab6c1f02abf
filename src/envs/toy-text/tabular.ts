// Environments of a few numbered states, given as tables: the possible outcomes of each state and action.
import { RunError, InputError } from "../../errors.ts";
import { createGenerator, type Generator, type GeneratorState } from "../../random/index.ts";
import { discrete, type Discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Drawing } from "../drawing.ts";
import type { Env, Info, Step } from "../env.ts";
import type { Mdp, Outcome } from "../mdp.ts";
import { seededGenerator } from "../seeding.ts";

export type { Mdp, Outcome } from "../mdp.ts";

/**
 * Observation: the state's number. Action: the action's. Each reset and each step draws one random number, as
 * Gymnasium's toy texts do; `info.prob` is the probability of what happened. A step after the end is allowed if
 * the process defines its outcomes.
 */
export class Tabular implements Env<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  readonly draw?: () => Drawing;
  readonly mdp: Mdp;
  readonly #name: string;
  /** Running sums of probabilities, to be searched. */
  readonly #start: Float64Array;
  readonly #outcomes: readonly (readonly Outcome[])[];
  readonly #cumulative: readonly Float64Array[];
  #generator: Generator | null = null;
  #state = 0;

  constructor(name: string, mdp: Mdp) {
    const { states, actions, start, outcomes, draw } = mdp;
    this.mdp = mdp;
    this.observationSpace = discrete(states);
    this.actionSpace = discrete(actions);
    if (draw) this.draw = () => draw(this.#state);
    this.#name = name;
    this.#start = runningSums(start);
    this.#outcomes = Array.from({ length: states * actions }, (_, i) => outcomes(Math.floor(i / actions), i % actions));
    this.#cumulative = this.#outcomes.map((row) => runningSums(row.map(({ probability }) => probability)));
  }

  reset(seed?: number): { observation: number; info: Info } {
    this.#generator = seededGenerator(seed, this.#generator);
    this.#state = drawIndex(this.#start, this.#generator);
    return { observation: this.#state, info: { prob: 1 } };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<number>): Step<number> {
    const { n } = this.actionSpace;
    if (!(Number.isInteger(action) && action >= 0 && action < n)) {
      throw new RunError(`${this.#name}: the action is ${valueText(action)}, but must be one of 0 … ${n - 1}`);
    }
    if (this.#generator === null) throw new RunError(`${this.#name}: step() before the first reset()`);
    const row = this.#state * n + action;
    const outcome = this.#outcomes[row][drawIndex(this.#cumulative[row], this.#generator)];
    this.#state = outcome.next;
    const result = out ?? { observation: 0, reward: 0, terminated: false, truncated: false, info: {} };
    result.observation = outcome.next;
    result.reward = outcome.reward;
    result.terminated = outcome.terminated;
    result.truncated = false;
    result.info.prob = outcome.probability;
    return result;
  }

  getState(): TabularState {
    if (this.#generator === null) throw new RunError(`${this.#name}: getState() before the first reset()`);
    return { state: this.#state, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { state, generator } = (saved ?? {}) as TabularState;
    if (!Number.isInteger(state) || state < 0 || state >= this.observationSpace.n) {
      throw new InputError(`not a state of ${this.#name}`);
    }
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
    this.#state = state;
  }
}

interface TabularState {
  state: number;
  generator: GeneratorState;
}

function runningSums(probabilities: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(probabilities, (probability) => (sum += probability));
}

/** Index of the first sum above a uniform number; 0 if rounding left the last sum below it, as in Gymnasium. */
function drawIndex(sums: Float64Array, generator: Generator): number {
  const u = generator.random();
  for (let i = 0; i < sums.length; i++) if (sums[i] > u) return i;
  return 0;
}
