// Acrobot-v1: two links hang from a pivot; a torque at the joint between them swings the lower end up. Gymnasium's
// numbers and seeds.
//
// Sutton, "Generalization in reinforcement learning: successful examples using sparse coarse coding" (NIPS 1995), with
// the equations of motion of Sutton & Barto's book, integrated by the classical Runge-Kutta method.
import { InputError, RunError } from "../../errors.ts";
import { cos, sin } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { box, discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import type { Drawing } from "../drawing.ts";
import { drawAcrobot } from "../drawings/acrobot.ts";
import { createStep, type Env, type Info, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { restoreState, saveState } from "../saved-state.ts";
import { seededGenerator } from "../seeding.ts";

// Both links: length 1 m, mass 1 kg, centre of mass in the middle, moment of inertia 1 kg m².
const centre = 0.5;
const gravity = 9.8; // m/s²
const timeStep = 0.2; // s
const maxSpeed1 = 4 * Math.PI; // rad/s
const maxSpeed2 = 9 * Math.PI;
const halfPi = Math.PI / 2;

/** Options of {@link Acrobot}. */
export interface AcrobotOptions {
  /**
   * Which equations of motion: those of Sutton & Barto's book, or of the NIPS paper, which lacks a term. Gymnasium's
   * class attribute `book_or_nips`. Default "book".
   */
  bookOrNips?: "book" | "nips";
}

/**
 * Observation: Box of 6, cosine and sine of the first joint's angle (0 hangs down), cosine and sine of the second's
 * (relative to the first link), both angular velocities (rad/s, within ±4π and ±9π). Action: 0, 1, 2 for a torque of
 * −1, 0, 1 N m at the second joint. Reward: −1 for each step, 0 for the one that reaches the height. Begins with every
 * angle and velocity uniform in −0.1 … 0.1; terminates where the lower end is more than one link's length above the
 * pivot. The limit of 500 steps and the threshold of −100 belong to its registered spec.
 */
export class Acrobot implements Env<Float32Array, number> {
  readonly observationSpace = box([-1, -1, -1, -1, -maxSpeed1, -maxSpeed2], [1, 1, 1, 1, maxSpeed1, maxSpeed2]);
  readonly actionSpace = discrete(3);
  readonly #ofBook: boolean;
  /** Both angles, both angular velocities, in float64. */
  readonly #state = new Float64Array(4);
  /** Both angular accelerations, as {@link #accelerate} leaves them. */
  readonly #acceleration = new Float64Array(2);
  #generator: Generator | null = null;

  constructor(options: AcrobotOptions = {}) {
    const { bookOrNips } = readOptions<Required<AcrobotOptions>>("Acrobot-v1", options, { bookOrNips: "book" });
    if (bookOrNips !== "book" && bookOrNips !== "nips") {
      throw new InputError(`Acrobot-v1: option "bookOrNips" is ${valueText(bookOrNips)}, but must be "book" or "nips"`);
    }
    this.#ofBook = bookOrNips === "book";
  }

  reset(seed?: number): { observation: Float32Array; info: Info } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    const state = this.#state;
    for (let i = 0; i < 4; i++) state[i] = Math.fround(generator.uniform(-0.1, 0.1)); // float32, only here
    const observation = Float32Array.of(cos(state[0]), sin(state[0]), cos(state[1]), sin(state[1]), state[2], state[3]);
    return { observation, info: {} };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<Float32Array>): Step<Float32Array> {
    if (action !== 0 && action !== 1 && action !== 2) {
      throw new RunError(`Acrobot: the action is ${valueText(action)}, but must be 0, 1 or 2`);
    }
    if (this.#generator === null) throw new RunError("Acrobot: step() before the first reset()");
    this.#integrate(action - 1);
    const state = this.#state;
    const angle1 = state[0];
    const angle2 = state[1];
    const cosine1 = cos(angle1);
    const terminated = -cosine1 - cos(angle2 + angle1) > 1;
    const result = out ?? (createStep(this.observationSpace) as Step<Float32Array>);
    const { observation } = result;
    observation[0] = cosine1;
    observation[1] = sin(angle1);
    observation[2] = cos(angle2);
    observation[3] = sin(angle2);
    observation[4] = state[2];
    observation[5] = state[3];
    result.reward = terminated ? 0 : -1;
    result.terminated = terminated;
    result.truncated = false;
    return result;
  }

  /** One step of the classical Runge-Kutta method: velocities v and accelerations a at four points in time. */
  #integrate(torque: number): void {
    const state = this.#state;
    const acceleration = this.#acceleration;
    const half = timeStep / 2;
    const x1 = state[0];
    const x2 = state[1];
    const v1 = state[2];
    const v2 = state[3];
    this.#accelerate(x1, x2, v1, v2, torque);
    const a1 = acceleration[0];
    const a2 = acceleration[1];

    const v1B = v1 + half * a1;
    const v2B = v2 + half * a2;
    this.#accelerate(x1 + half * v1, x2 + half * v2, v1B, v2B, torque);
    const a1B = acceleration[0];
    const a2B = acceleration[1];

    const v1C = v1 + half * a1B;
    const v2C = v2 + half * a2B;
    this.#accelerate(x1 + half * v1B, x2 + half * v2B, v1C, v2C, torque);
    const a1C = acceleration[0];
    const a2C = acceleration[1];

    const v1D = v1 + timeStep * a1C;
    const v2D = v2 + timeStep * a2C;
    this.#accelerate(x1 + timeStep * v1C, x2 + timeStep * v2C, v1D, v2D, torque);
    const a1D = acceleration[0];
    const a2D = acceleration[1];

    const sixth = timeStep / 6;
    state[0] = withinHalfTurn(x1 + sixth * (v1 + 2 * v1B + 2 * v1C + v1D));
    state[1] = withinHalfTurn(x2 + sixth * (v2 + 2 * v2B + 2 * v2C + v2D));
    state[2] = clamp(v1 + sixth * (a1 + 2 * a1B + 2 * a1C + a1D), maxSpeed1);
    state[3] = clamp(v2 + sixth * (a2 + 2 * a2B + 2 * a2C + a2D), maxSpeed2);
  }

  /** The equations of motion; d and φ are the book's. */
  #accelerate(angle1: number, angle2: number, speed1: number, speed2: number, torque: number): void {
    const cosine2 = cos(angle2);
    const sine2 = sin(angle2);
    const d1 = 0.25 + (1.25 + cosine2) + 2;
    const d2 = 0.25 + centre * cosine2 + 1;
    const phi2 = centre * gravity * cos(angle1 + angle2 - halfPi);
    const phi1 =
      -centre * (speed2 * speed2) * sine2 -
      speed2 * speed1 * sine2 +
      (centre + 1) * gravity * cos(angle1 - halfPi) +
      phi2;
    const drive = torque + (d2 / d1) * phi1;
    const centrifugal = this.#ofBook ? centre * (speed1 * speed1) * sine2 : 0;
    const acceleration2 = (drive - centrifugal - phi2) / (1.25 - (d2 * d2) / d1);
    this.#acceleration[0] = -(d2 * acceleration2 + phi1) / d1;
    this.#acceleration[1] = acceleration2;
  }

  draw(): Drawing {
    return drawAcrobot(this.#state);
  }

  getState(): unknown {
    return saveState("Acrobot", this.#state, this.#generator);
  }

  setState(saved: unknown): void {
    this.#generator = restoreState("Acrobot", saved, this.#state, this.#generator);
  }
}

function withinHalfTurn(angle: number): number {
  while (angle > Math.PI) angle -= 2 * Math.PI;
  while (angle < -Math.PI) angle += 2 * Math.PI;
  return angle;
}

const clamp = (x: number, bound: number): number => (x > bound ? bound : x < -bound ? -bound : x);
