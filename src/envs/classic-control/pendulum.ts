// Pendulum-v1: swing a pendulum up by a torque that is too weak to lift it, and hold it there. Gymnasium's numbers and
// seeds.
import { InputError, RunError } from "../../errors.ts";
import { cos, sin } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { box, type Box } from "../../spaces/index.ts";
import { onlyComponent } from "../action-component.ts";
import type { Drawing } from "../drawing.ts";
import { drawPendulum } from "../drawings/pendulum.ts";
import { createStep, type Env, type Info, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { restoreState, saveState } from "../saved-state.ts";
import { seededGenerator } from "../seeding.ts";

const timeStep = 0.05; // s
const maxSpeed = 8; // rad/s
const maxTorque = 2; // N m
// Mass and length of the rod are 1 kg and 1 m: its moment of inertia about the end is 1/3.
const inverseInertia = 3;
const twoPi = 2 * Math.PI;

/** Options of {@link Pendulum}. */
export interface PendulumOptions {
  /** Gravity in m/s². Default 10. */
  g?: number;
  /** Observe only cosine and sine of the angle, so that the velocity must be remembered. Default false. */
  hideVelocity?: boolean;
}

/**
 * Observation: Box of 3, cosine and sine of the angle (0 is upright), angular velocity (rad/s, within ±8).
 * Action: Box of 1, a torque in N m, clipped to ±2. Reward: −(angle² + 0.1 velocity² + 0.001 torque²) of the state
 * before the step, with the angle in −π … π: between −16.27 and 0. Begins anywhere, with a velocity within ±1. Nothing
 * terminates; the limit of 200 steps belongs to its registered spec, which has no threshold.
 */
export class Pendulum implements Env<Float32Array, Float32Array> {
  readonly observationSpace: Box;
  readonly actionSpace = box(-maxTorque, maxTorque, [1]);
  readonly #gravityTorque: number;
  readonly #hideVelocity: boolean;
  /** Angle and angular velocity, in float64; the angle counts turns. */
  readonly #state = new Float64Array(2);
  #generator: Generator | null = null;

  constructor(options: PendulumOptions = {}) {
    const { g, hideVelocity } = readOptions("Pendulum-v1", options, { g: 10, hideVelocity: false });
    if (!Number.isFinite(g)) throw new InputError(`Pendulum-v1: option "g" is ${g}, but must be a finite number`);
    this.#gravityTorque = (3 * g) / 2;
    this.#hideVelocity = hideVelocity;
    const bounds = hideVelocity ? [1, 1] : [1, 1, maxSpeed];
    this.observationSpace = box(
      bounds.map((bound) => -bound),
      bounds,
    );
  }

  reset(seed?: number): { observation: Float32Array; info: Info } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    this.#state[0] = generator.uniform(-Math.PI, Math.PI);
    this.#state[1] = generator.uniform(-1, 1);
    const observation = new Float32Array(this.observationSpace.low.length);
    this.#observe(observation);
    return { observation, info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: Float32Array, out?: Step<Float32Array>): Step<Float32Array> {
    const given = onlyComponent("Pendulum", action);
    if (this.#generator === null) throw new RunError("Pendulum: step() before the first reset()");
    const torque = given > maxTorque ? maxTorque : given < -maxTorque ? -maxTorque : given;
    const state = this.#state;
    const angle = state[0];
    const speed = state[1];
    const fromUpright = withinHalfTurn(angle);
    const cost = fromUpright * fromUpright + 0.1 * (speed * speed) + 0.001 * (torque * torque);

    // Semi-implicit Euler: the angle moves with the new velocity.
    let nextSpeed = speed + (this.#gravityTorque * sin(angle) + inverseInertia * torque) * timeStep;
    nextSpeed = nextSpeed > maxSpeed ? maxSpeed : nextSpeed < -maxSpeed ? -maxSpeed : nextSpeed;
    state[0] = angle + nextSpeed * timeStep;
    state[1] = nextSpeed;

    const result = out ?? (createStep(this.observationSpace) as Step<Float32Array>);
    this.#observe(result.observation);
    result.reward = -cost;
    result.terminated = false;
    result.truncated = false;
    return result;
  }

  #observe(observation: Float32Array): void {
    const angle = this.#state[0];
    observation[0] = cos(angle);
    observation[1] = sin(angle);
    if (!this.#hideVelocity) observation[2] = this.#state[1];
  }

  draw(): Drawing {
    return drawPendulum(this.#state);
  }

  getState(): unknown {
    return saveState("Pendulum", this.#state, this.#generator);
  }

  setState(saved: unknown): void {
    this.#generator = restoreState("Pendulum", saved, this.#state, this.#generator);
  }
}

/** The angle in −π … π: ((angle + π) mod 2π) − π, with the remainder that is never negative. */
function withinHalfTurn(angle: number): number {
  const shifted = angle + Math.PI;
  if (shifted >= 0 && shifted < twoPi) return shifted - Math.PI;
  const remainder = shifted % twoPi;
  return (remainder < 0 ? remainder + twoPi : remainder) - Math.PI;
}
