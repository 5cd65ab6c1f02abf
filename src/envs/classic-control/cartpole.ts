// CartPole-v1: balance a pole on a cart by pushing the cart left or right. Gymnasium's numbers and seeds.
//
// Barto, Sutton & Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems" (1983);
// equations of motion as corrected by Florian, "Correct equations for the dynamics of the cart-pole system" (2005),
// without friction.
import { InputError, RunError } from "../../errors.ts";
import { cos, sin } from "../../math/index.ts";
import type { Generator, GeneratorState } from "../../random/index.ts";
import { createGenerator } from "../../random/index.ts";
import { box, discrete, type Box } from "../../spaces/index.ts";
import type { Drawing } from "../drawing.ts";
import { drawCartPole } from "../drawings/cartpole.ts";
import { createStep, type Env, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";
import { shown } from "../shown.ts";

const GRAVITY = 9.8; // m/s²
const CART_MASS = 1; // kg
const POLE_MASS = 0.1;
const TOTAL_MASS = CART_MASS + POLE_MASS;
const HALF_LENGTH = 0.5; // m, from the pivot to the pole's centre of mass
const POLE_MASS_LENGTH = POLE_MASS * HALF_LENGTH;
const FORCE = 10; // N
const DT = 0.02; // s
const MAX_POSITION = 2.4; // m
const MAX_ANGLE = (12 * 2 * Math.PI) / 360; // 12°

/** Options of {@link CartPole}. */
export interface CartPoleOptions {
  /**
   * Rewards of Sutton & Barto's book: 0 for each step and −1 when the pole falls, instead of 1 for each step.
   * Gymnasium's `sutton_barto_reward`. Default false.
   */
  suttonBartoReward?: boolean;
  /** Observe position and angle alone, so that the velocities must be remembered. Default false. */
  hideVelocity?: boolean;
}

/**
 * Observation: Box of 4, cart position (m), cart velocity (m/s), pole angle (rad), its angular velocity (rad/s).
 * Action: 0 pushes left, 1 pushes right, with 10 N. Reward: 1 for each step, the last one included.
 * Begins with each component uniform in −0.05 … 0.05; terminates beyond ±2.4 m or ±12°. The limit of 500 steps and the
 * threshold of 475 belong to its registered spec.
 */
export class CartPole implements Env<Float32Array, number> {
  readonly observationSpace: Box;
  readonly actionSpace = discrete(2);
  readonly #suttonBartoReward: boolean;
  readonly #hideVelocity: boolean;
  /** Position, velocity, angle, angular velocity, in float64. */
  readonly #state = new Float64Array(4);
  #generator: Generator | null = null;
  /** Whether the episode has terminated already: stepping on is allowed, and earns nothing. */
  #fallen = false;

  constructor(options: CartPoleOptions = {}) {
    const { suttonBartoReward, hideVelocity } = readOptions("CartPole-v1", options, {
      suttonBartoReward: false,
      hideVelocity: false,
    });
    this.#suttonBartoReward = suttonBartoReward;
    this.#hideVelocity = hideVelocity;
    const bounds = [2 * MAX_POSITION, Infinity, 2 * MAX_ANGLE, Infinity].filter((_, i) => !hideVelocity || i % 2 === 0);
    this.observationSpace = box(
      bounds.map((bound) => -bound),
      bounds,
    );
  }

  reset(seed?: number): { observation: Float32Array; info: Record<string, unknown> } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    for (let i = 0; i < 4; i++) this.#state[i] = generator.uniform(-0.05, 0.05);
    this.#fallen = false;
    const observation = new Float32Array(this.observationSpace.low.length);
    this.#observe(observation);
    return { observation, info: {} };
  }

  step(action: number, out?: Step<Float32Array>): Step<Float32Array> {
    if (action !== 0 && action !== 1)
      throw new RunError(`CartPole: the action is ${shown(action)}, but must be 0 or 1`);
    if (this.#generator === null) throw new RunError("CartPole: step() before the first reset()");
    const state = this.#state;
    const x = state[0];
    const velocity = state[1];
    const angle = state[2];
    const angularVelocity = state[3];
    const force = action === 1 ? FORCE : -FORCE;
    const cosine = cos(angle);
    const sine = sin(angle);

    const temp = (force + POLE_MASS_LENGTH * (angularVelocity * angularVelocity) * sine) / TOTAL_MASS;
    const angularAcceleration =
      (GRAVITY * sine - cosine * temp) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * (cosine * cosine)) / TOTAL_MASS));
    const acceleration = temp - (POLE_MASS_LENGTH * angularAcceleration * cosine) / TOTAL_MASS;

    // Explicit Euler: positions move with the velocities from before the push.
    const nextX = x + DT * velocity;
    const nextAngle = angle + DT * angularVelocity;
    state[0] = nextX;
    state[1] = velocity + DT * acceleration;
    state[2] = nextAngle;
    state[3] = angularVelocity + DT * angularAcceleration;

    const terminated = nextX < -MAX_POSITION || nextX > MAX_POSITION || nextAngle < -MAX_ANGLE || nextAngle > MAX_ANGLE;
    const result = out ?? (createStep(this.observationSpace) as Step<Float32Array>);
    this.#observe(result.observation);
    result.reward = this.#reward(terminated);
    result.terminated = terminated;
    result.truncated = false;
    return result;
  }

  #observe(observation: Float32Array): void {
    const state = this.#state;
    if (this.#hideVelocity) {
      observation[0] = state[0];
      observation[1] = state[2];
    } else {
      observation[0] = state[0];
      observation[1] = state[1];
      observation[2] = state[2];
      observation[3] = state[3];
    }
  }

  #reward(terminated: boolean): number {
    if (this.#suttonBartoReward) return terminated ? -1 : 0;
    if (!terminated) return 1;
    const first = !this.#fallen;
    this.#fallen = true;
    return first ? 1 : 0;
  }

  draw(): Drawing {
    return drawCartPole(this.#state);
  }

  getState(): CartPoleState {
    if (this.#generator === null) throw new RunError("CartPole: getState() before the first reset()");
    return { state: Array.from(this.#state), fallen: this.#fallen, generator: this.#generator.getState() };
  }

  setState(saved: unknown): void {
    const { state, fallen, generator } = saved as CartPoleState;
    if (!Array.isArray(state) || state.length !== 4) throw new InputError("not a state of CartPole");
    this.#state.set(state);
    this.#fallen = fallen;
    this.#generator ??= createGenerator(0);
    this.#generator.setState(generator);
  }
}

interface CartPoleState {
  state: number[];
  fallen: boolean;
  generator: GeneratorState;
}
