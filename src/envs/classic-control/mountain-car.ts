// MountainCar-v0: a car too weak for the hill must swing up from the other side. Gymnasium's numbers and seeds.
//
// Moore, "Efficient memory-based learning for robot control" (1990), as in Sutton & Barto's book.
import { RunError } from "../../errors.ts";
import { cos } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { box, discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Drawing } from "../drawing.ts";
import { drawMountainCar } from "../drawings/mountain-car.ts";
import { createStep, type Env, type Info, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { restoreState, saveState } from "../saved-state.ts";
import { seededGenerator } from "../seeding.ts";

const minPosition = -1.2;
const maxPosition = 0.6;
const maxSpeed = 0.07;
const goalPosition = 0.5;
const pushForce = 0.001;
const gravity = 0.0025;

/** Options of {@link MountainCar}. */
export interface MountainCarOptions {
  /** The velocity that the car must at least have at the goal. Gymnasium's `goal_velocity`. Default 0. */
  goalVelocity?: number;
}

/**
 * Observation: Box of 2, position (−1.2 … 0.6, the valley's floor at −π/6) and velocity (within ±0.07).
 * Action: 0 accelerates to the left, 1 not at all, 2 to the right. Reward: −1 for each step. Begins at rest, uniform in
 * −0.6 … −0.4; terminates at a position of at least 0.5. The limit of 200 steps and the threshold of −110 belong to its
 * registered spec.
 */
export class MountainCar implements Env<Float32Array, number> {
  readonly observationSpace = box([minPosition, -maxSpeed], [maxPosition, maxSpeed]);
  readonly actionSpace = discrete(3);
  readonly #goalVelocity: number;
  /** Position and velocity, in float64. */
  readonly #state = new Float64Array(2);
  #generator: Generator | null = null;

  constructor(options: MountainCarOptions = {}) {
    this.#goalVelocity = readOptions("MountainCar-v0", options, { goalVelocity: 0 }).goalVelocity;
  }

  reset(seed?: number): { observation: Float32Array; info: Info } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    this.#state[0] = generator.uniform(-0.6, -0.4);
    this.#state[1] = 0;
    return { observation: Float32Array.from(this.#state), info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<Float32Array>): Step<Float32Array> {
    if (action !== 0 && action !== 1 && action !== 2) {
      throw new RunError(`MountainCar: the action is ${valueText(action)}, but must be 0, 1 or 2`);
    }
    if (this.#generator === null) throw new RunError("MountainCar: step() before the first reset()");
    const state = this.#state;
    let velocity = state[1] + ((action - 1) * pushForce + cos(3 * state[0]) * -gravity);
    velocity = velocity > maxSpeed ? maxSpeed : velocity < -maxSpeed ? -maxSpeed : velocity;
    let position = state[0] + velocity;
    position = position > maxPosition ? maxPosition : position < minPosition ? minPosition : position;
    if (position === minPosition && velocity < 0) velocity = 0; // the wall takes the momentum
    state[0] = position;
    state[1] = velocity;

    const result = out ?? (createStep(this.observationSpace) as Step<Float32Array>);
    result.observation[0] = position;
    result.observation[1] = velocity;
    result.reward = -1;
    result.terminated = position >= goalPosition && velocity >= this.#goalVelocity;
    result.truncated = false;
    return result;
  }

  draw(): Drawing {
    return drawMountainCar(this.#state, goalPosition);
  }

  getState(): unknown {
    return saveState("MountainCar", this.#state, this.#generator);
  }

  setState(saved: unknown): void {
    this.#generator = restoreState("MountainCar", saved, this.#state, this.#generator);
  }
}
