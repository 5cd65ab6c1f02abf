// MountainCarContinuous-v0: the mountain car with an engine that can be dosed. Gymnasium's numbers and seeds.
import { RunError } from "../../errors.ts";
import { cos } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { box } from "../../spaces/index.ts";
import { onlyComponent } from "../action-component.ts";
import type { Drawing } from "../drawing.ts";
import { drawMountainCar } from "../drawings/mountain-car.ts";
import { createStep, type Env, type Info, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { restoreState, saveState } from "../saved-state.ts";
import { seededGenerator } from "../seeding.ts";

const minPosition = -1.2;
const maxPosition = 0.6;
const maxSpeed = 0.07;
const goalPosition = 0.45;
const power = 0.0015;
const gravity = 0.0025;

/** Options of {@link MountainCarContinuous}. */
export interface MountainCarContinuousOptions {
  /** The velocity that the car must at least have at the goal. Gymnasium's `goal_velocity`. Default 0. */
  goalVelocity?: number;
}

/**
 * Observation: Box of 2, position (−1.2 … 0.6, the valley's floor at −π/6) and velocity (within ±0.07).
 * Action: Box of 1, how hard to accelerate and which way, clipped to ±1. Reward: −0.1 action², with the action as it
 * was given, and 100 for reaching the goal. Begins at rest, uniform in −0.6 … −0.4; terminates at a position of at
 * least 0.45. The limit of 999 steps and the threshold of 90 belong to its registered spec.
 */
export class MountainCarContinuous implements Env<Float32Array, Float32Array> {
  readonly observationSpace = box([minPosition, -maxSpeed], [maxPosition, maxSpeed]);
  readonly actionSpace = box(-1, 1, [1]);
  readonly #goalVelocity: number;
  /** Position and velocity. Each step rounds them to float32, as Gymnasium does; the first position is not rounded. */
  readonly #state = new Float64Array(2);
  #generator: Generator | null = null;

  constructor(options: MountainCarContinuousOptions = {}) {
    this.#goalVelocity = readOptions("MountainCarContinuous-v0", options, { goalVelocity: 0 }).goalVelocity;
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

  step(action: Float32Array, out?: Step<Float32Array>): Step<Float32Array> {
    const given = onlyComponent("MountainCarContinuous", action);
    if (this.#generator === null) throw new RunError("MountainCarContinuous: step() before the first reset()");
    const force = given > 1 ? 1 : given < -1 ? -1 : given;
    const state = this.#state;
    let velocity = state[1] + (force * power - gravity * cos(3 * state[0]));
    velocity = velocity > maxSpeed ? maxSpeed : velocity < -maxSpeed ? -maxSpeed : velocity;
    let position = state[0] + velocity;
    position = position > maxPosition ? maxPosition : position < minPosition ? minPosition : position;
    if (position === minPosition && velocity < 0) velocity = 0; // the wall takes the momentum
    state[0] = Math.fround(position);
    state[1] = Math.fround(velocity);

    const terminated = position >= goalPosition && velocity >= this.#goalVelocity;
    const result = out ?? (createStep(this.observationSpace) as Step<Float32Array>);
    result.observation[0] = position;
    result.observation[1] = velocity;
    result.reward = (terminated ? 100 : 0) - given * given * 0.1;
    result.terminated = terminated;
    result.truncated = false;
    return result;
  }

  draw(): Drawing {
    return drawMountainCar(this.#state, goalPosition);
  }

  getState(): unknown {
    return saveState("MountainCarContinuous", this.#state, this.#generator);
  }

  setState(saved: unknown): void {
    this.#generator = restoreState("MountainCarContinuous", saved, this.#state, this.#generator);
  }
}
