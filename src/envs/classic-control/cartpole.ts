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
import { valueText } from "../../text/values.ts";
import type { Drawing } from "../drawing.ts";
import { drawCartPole } from "../drawings/cartpole.ts";
import { createStep, type Env, type Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";

const gravity = 9.8; // m/s²
const cartMass = 1; // kg
const poleMass = 0.1;
const totalMass = cartMass + poleMass;
const halfLength = 0.5; // m, from the pivot to the pole's centre of mass
const poleMassLength = poleMass * halfLength;
const pushForce = 10; // N
const timeStep = 0.02; // s
const maxPosition = 2.4; // m
const maxAngle = (12 * 2 * Math.PI) / 360; // 12°

/** Options of {@link CartPole}. */
export interface CartPoleOptions {
  /**
   * Rewards of Sutton & Barto's book: 0 for each step and −1 when the pole falls, instead of 1 for each step.
   * Gymnasium's `sutton_barto_reward`. Default false.
   */
  suttonBartoReward?: boolean;
  /** Observe only position and angle, so that the velocities must be remembered. Default false. */
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
    const bounds = [2 * maxPosition, Infinity, 2 * maxAngle, Infinity].filter((_, i) => !hideVelocity || i % 2 === 0);
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

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number, out?: Step<Float32Array>): Step<Float32Array> {
    if (action !== 0 && action !== 1)
      throw new RunError(`CartPole: the action is ${valueText(action)}, but must be 0 or 1`);
    if (this.#generator === null) throw new RunError("CartPole: step() before the first reset()");
    const state = this.#state;
    const x = state[0];
    const velocity = state[1];
    const angle = state[2];
    const angularVelocity = state[3];
    const force = action === 1 ? pushForce : -pushForce;
    const cosine = cos(angle);
    const sine = sin(angle);

    const temp = (force + poleMassLength * (angularVelocity * angularVelocity) * sine) / totalMass;
    const angularAcceleration =
      (gravity * sine - cosine * temp) / (halfLength * (4 / 3 - (poleMass * (cosine * cosine)) / totalMass));
    const acceleration = temp - (poleMassLength * angularAcceleration * cosine) / totalMass;

    // Explicit Euler: positions move with the velocities from before the push.
    const nextX = x + timeStep * velocity;
    const nextAngle = angle + timeStep * angularVelocity;
    state[0] = nextX;
    state[1] = velocity + timeStep * acceleration;
    state[2] = nextAngle;
    state[3] = angularVelocity + timeStep * angularAcceleration;

    const terminated = nextX < -maxPosition || nextX > maxPosition || nextAngle < -maxAngle || nextAngle > maxAngle;
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
