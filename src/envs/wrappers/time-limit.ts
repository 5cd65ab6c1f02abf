// Truncates episodes after a number of steps.
import { whenDone, type Awaitable } from "../../awaitable.ts";
import { InputError } from "../../errors.ts";
import type { ActionMask } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Drawing } from "../drawing.ts";
import type { Action, AsyncEnv, Env, Info, Observation, Step } from "../env.ts";
import type { Mdp } from "../mdp.ts";
import { wrappedEnv } from "./parts.ts";

/**
 * `env` whose episodes are truncated at step `maxEpisodeSteps`, as Gymnasium's TimeLimit. A step that also terminates
 * there is both terminated and truncated; `terminated` then takes precedence everywhere.
 *
 * The result has a state if `env` has one; it includes the count of steps.
 *
 * @throws InputError if the limit is not a whole number of at least 1
 */
export function timeLimit<O = Observation, A = Action>(env: Env<O, A>, maxEpisodeSteps: number): Env<O, A>;
export function timeLimit<O = Observation, A = Action>(env: AsyncEnv<O, A>, maxEpisodeSteps: number): AsyncEnv<O, A>;
export function timeLimit<O = Observation, A = Action>(env: AsyncEnv<O, A>, maxEpisodeSteps: number): AsyncEnv<O, A> {
  if (!Number.isSafeInteger(maxEpisodeSteps) || maxEpisodeSteps < 1) {
    throw new InputError(`the time limit is ${valueText(maxEpisodeSteps)}, but must be a whole number of at least 1`);
  }
  wrappedEnv(env, "timeLimit");
  return new TimeLimit(env, maxEpisodeSteps);
}

const cutOff = <O>(result: Step<O>): Step<O> => ({ ...result, truncated: true });

// A class, so that all instances share one `step`, which engines then inline where it is called.
class TimeLimit<O, A> implements AsyncEnv<O, A> {
  readonly observationSpace;
  readonly actionSpace;
  readonly adapts?: boolean;
  readonly actionMask?: () => ActionMask;
  readonly draw?: () => Drawing;
  readonly mdp?: Mdp;
  readonly getState?: () => unknown;
  readonly setState?: (state: unknown) => Awaitable<void>;
  readonly #env: AsyncEnv<O, A>;
  readonly #maxEpisodeSteps: number;
  #elapsed = 0;

  constructor(env: AsyncEnv<O, A>, maxEpisodeSteps: number) {
    this.#env = env;
    this.#maxEpisodeSteps = maxEpisodeSteps;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
    if (env.adapts) this.adapts = true;
    if (env.actionMask) this.actionMask = () => env.actionMask!();
    if (env.draw) this.draw = () => env.draw!();
    if (env.mdp) this.mdp = env.mdp;
    if (env.getState && env.setState) {
      this.getState = () => ({ elapsed: this.#elapsed, env: env.getState!() });
      this.setState = (state) => {
        const saved = state as { elapsed: number; env: unknown };
        this.#elapsed = saved.elapsed;
        return env.setState!(saved.env);
      };
    }
  }

  get stepsInPlace(): boolean {
    return this.#env.stepsInPlace === true;
  }

  reset(seed?: number): Awaitable<{ observation: O; info: Info }> {
    this.#elapsed = 0;
    return this.#env.reset(seed);
  }

  step(action: A, out?: Step<O>): Awaitable<Step<O>> {
    const result = this.#env.step(action, out);
    const isOver = ++this.#elapsed >= this.#maxEpisodeSteps;
    // The environment's own object stays as it is.
    if (result !== out) return isOver ? whenDone(result, cutOff) : result;
    // Without a branch that is first taken when V8 has long optimized what surrounds it, and would do so again.
    out.truncated = out.truncated || isOver;
    return out;
  }

  close(): void {
    this.#env.close?.();
  }
}
