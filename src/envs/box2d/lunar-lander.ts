// LunarLander-v3: bring a lander down on its pad with a main engine and two side engines. Gymnasium's numbers and
// seeds.
//
// Behaviour after Gymnasium 1.3, which draws nothing and has no exhaust particles unless it renders.
import { InputError, RunError } from "../../errors.ts";
import { cos, sin, tanh } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { loadPhysics } from "../../physics/index.ts";
import { box, discrete, type Box, type Discrete } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import { worldHeight, worldWidth, type LanderPhysics } from "./bodies/lander-physics.ts";
import { solverLander } from "./bodies/solver-lander.ts";
import type { Drawing } from "../drawing.ts";
import { drawLunarLander } from "../drawings/lunar-lander.ts";
import type { Env, Info, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";

const fps = 50;
const scale = 30; // pixels of Gymnasium's picture per unit
const mainEnginePower = 13;
const sideEnginePower = 0.6;
const initialForce = 1000; // at most, in each direction, during the first step
const mainEngineY = 4 / scale;
const sideEngineAway = 12 / scale;
const sideEngineHeight = 14 / scale;
/** Gymnasium lifts the thrust of the side engines by 17 in x and 14 in y: a torque that depends on the angle. */
const sideEngineHeightInX = 17 / scale;

const corners = 11; // of the ground
const pad = [3, 4, 5, 6, 7]; // corners that are level before smoothing
const padY = worldHeight / 4;
const legDown = 18 / scale;

/** Options of {@link LunarLander}. */
export interface LunarLanderOptions {
  /** Throttles instead of switches: actions are vectors of 2. Default false. */
  continuous?: boolean;
  /** Vertical acceleration, above −12 and below 0. Default −10. */
  gravity?: number;
  /** Wind and turbulence push the lander until a leg touches the ground. Gymnasium's `enable_wind`. Default false. */
  enableWind?: boolean;
  /** The greatest force of the wind, 0 … 20 is sensible. Default 15. */
  windPower?: number;
  /** The greatest torque of the turbulence, 0 … 2 is sensible. Default 1.5. */
  turbulencePower?: number;
}

/**
 * Observation: Box of 8, in units of the picture's half width and height: x and y of the lander from the pad, their
 * velocities (scaled), angle (rad), angular velocity (scaled), whether the left and right leg touch the ground (0 or
 * 1). Values beyond the bounds of the space (a lander that flies off upwards) are clipped to them.
 *
 * Action, discrete: 0 nothing, 1 left engine, 2 main engine, 3 right engine. Continuous: Box of 2 in −1 … 1; the main
 * engine runs at 50 to 100 % for 0 … 1 in the first component; beyond ±0.5 the second fires the right (+) or left (−)
 * engine at 50 to 100 %.
 *
 * Reward: the change of a potential (nearer, slower, more upright, legs down), less the fuel; −100 instead where the
 * hull touches the ground or the lander leaves the picture sideways, +100 where it comes to rest. All three terminate.
 * The limit of 1000 steps and the threshold of 200 belong to the registered spec.
 */
export class LunarLander implements Env<Float32Array, number | Float32Array> {
  readonly observationSpace = box(
    [-2.5, -2.5, -10, -10, -2 * Math.PI, -10, 0, 0],
    [2.5, 2.5, 10, 10, 2 * Math.PI, 10, 1, 1],
  );
  readonly actionSpace: Box | Discrete;
  readonly #options: Required<LunarLanderOptions>;
  readonly #physics: LanderPhysics;
  #generator: Generator | null = null;
  readonly #ground = new Float64Array(corners);
  #windIndex = 0;
  #torqueIndex = 0;
  /** The potential after the last step; NaN before the first. */
  #shaping = NaN;
  /** Throttles of this step, 0 … 1; the side engine's is negative for the left one. */
  #main = 0;
  #side = 0;

  /** Use {@link createLunarLander}, which loads the physics. */
  constructor(physics: LanderPhysics, options: LunarLanderOptions = {}) {
    this.#physics = physics;
    this.#options = readLunarLanderOptions(options);
    this.actionSpace = this.#options.continuous ? box(-1, 1, [2]) : discrete(4);
  }

  reset(seed?: number): { observation: Float32Array; info: Info } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    this.#drawGround(generator);
    this.#physics.reset(this.#ground, this.#options.gravity);
    const forceX = generator.uniform(-initialForce, initialForce);
    this.#physics.applyForce(forceX, generator.uniform(-initialForce, initialForce));
    if (this.#options.enableWind) {
      this.#windIndex = generator.integers(-9999, 9999);
      this.#torqueIndex = generator.integers(-9999, 9999);
    }
    this.#shaping = NaN;
    // The first observation is the one after a step without any engine.
    this.#main = 0;
    this.#side = 0;
    const first = newStep();
    this.#advance(generator, first);
    return { observation: first.observation, info: first.info };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: number | Float32Array, out?: Step<Float32Array>): Step<Float32Array> {
    if (this.#generator === null) throw new RunError("LunarLander: step() before the first reset()");
    this.#readAction(action);
    const result = out ?? newStep();
    this.#advance(this.#generator, result);
    return result;
  }

  draw(): Drawing {
    if (this.#generator === null) throw new RunError("LunarLander: draw() before the first reset()");
    const poses = [0, 1, 2].map((body) => {
      const pose = new Float64Array(3);
      this.#physics.pose(body, pose);
      return pose;
    });
    return drawLunarLander(this.#ground, poses, this.#main, this.#side);
  }

  /**
   * 12 heights, of which 5 become the pad's, smoothed over neighbours; before the first corner comes the twelfth
   * height.
   */
  #drawGround(generator: Generator): void {
    const heights = new Float64Array(corners + 1);
    for (let i = 0; i <= corners; i++) heights[i] = generator.uniform(0, worldHeight / 2);
    for (const i of pad) heights[i] = padY;
    for (let i = 0; i < corners; i++) {
      this.#ground[i] = 0.33 * (heights[i === 0 ? corners : i - 1] + heights[i] + heights[i + 1]);
    }
  }

  #readAction(action: number | Float32Array): void {
    if (!this.#options.continuous) {
      if (action !== 0 && action !== 1 && action !== 2 && action !== 3) {
        throw new RunError(`LunarLander: the action is ${valueText(action)}, but must be 0, 1, 2 or 3`);
      }
      this.#main = action === 2 ? 1 : 0;
      this.#side = action === 1 ? -1 : action === 3 ? 1 : 0;
      return;
    }
    const sized = typeof action === "object" && action?.length === 2;
    const main = sized ? action[0] : NaN;
    const side = sized ? action[1] : NaN;
    if (typeof main !== "number" || typeof side !== "number" || !(main - main === 0 && side - side === 0)) {
      throw new RunError(`LunarLander: the action is ${valueText(action)}, but must be 2 finite numbers`);
    }
    this.#main = main > 0 ? (Math.min(main, 1) + 1) * 0.5 : 0;
    this.#side = side > 0.5 ? Math.min(side, 1) : side < -0.5 ? Math.max(side, -1) : 0;
  }

  /** One step with the throttles as they are set. */
  #advance(generator: Generator, result: Step<Float32Array>): void {
    const physics = this.#physics;
    if (this.#options.enableWind && !physics.leftContact && !physics.rightContact) this.#blow();
    this.#fire(generator);
    physics.step();

    const x = (physics.x - worldWidth / 2) / (worldWidth / 2);
    const y = (physics.y - (padY + legDown)) / (worldHeight / 2);
    const velocityX = (physics.velocityX * (worldWidth / 2)) / fps;
    const velocityY = (physics.velocityY * (worldHeight / 2)) / fps;
    const angle = physics.angle;
    const left = physics.leftContact ? 1 : 0;
    const right = physics.rightContact ? 1 : 0;

    const { observation } = result;
    observation[0] = clip(x, 2.5);
    observation[1] = clip(y, 2.5);
    observation[2] = clip(velocityX, 10);
    observation[3] = clip(velocityY, 10);
    observation[4] = clip(angle, 2 * Math.PI);
    observation[5] = clip((20 * physics.angularVelocity) / fps, 10);
    observation[6] = left;
    observation[7] = right;

    const shaping =
      -100 * Math.sqrt(x * x + y * y) -
      100 * Math.sqrt(velocityX * velocityX + velocityY * velocityY) -
      100 * Math.abs(angle) +
      10 * left +
      10 * right;
    let reward = Number.isNaN(this.#shaping) ? 0 : shaping - this.#shaping;
    this.#shaping = shaping;
    reward -= this.#main * 0.3;
    reward -= Math.abs(this.#side) * 0.03;

    result.terminated = false;
    if (physics.crashed || Math.abs(x) >= 1) {
      result.terminated = true;
      reward = -100;
    }
    if (physics.asleep) {
      result.terminated = true;
      reward = 100;
    }
    result.reward = reward;
    result.truncated = false;
  }

  /** Wind and turbulence: aperiodic in the number of the step. */
  #blow(): void {
    const { windPower, turbulencePower } = this.#options;
    this.#physics.applyForce(gust(this.#windIndex++) * windPower, 0);
    this.#physics.applyTorque(gust(this.#torqueIndex++) * turbulencePower);
  }

  /** Fires the engines; draws their dispersion, two numbers, even if none of them runs. */
  #fire(generator: Generator): void {
    const dispersion0 = generator.uniform(-1, 1) / scale;
    const dispersion1 = generator.uniform(-1, 1) / scale;
    if (this.#main === 0 && this.#side === 0) return;
    const physics = this.#physics;
    const angle = physics.angle;
    const tipX = sin(angle);
    const tipY = cos(angle);
    const sideX = -tipY;
    const sideY = tipX;
    if (this.#main > 0) {
      const along = mainEngineY + 2 * dispersion0;
      const x = tipX * along + sideX * dispersion1;
      const y = -tipY * along - sideY * dispersion1;
      const power = -mainEnginePower * this.#main;
      physics.applyImpulse(x * power, y * power, physics.x + x, physics.y + y);
    }
    if (this.#side !== 0) {
      const across = 3 * dispersion1 + Math.sign(this.#side) * sideEngineAway;
      const x = tipX * dispersion0 + sideX * across;
      const y = -tipY * dispersion0 - sideY * across;
      const power = -sideEnginePower * Math.abs(this.#side);
      const pointX = physics.x + x - tipX * sideEngineHeightInX;
      physics.applyImpulse(x * power, y * power, pointX, physics.y + y + tipY * sideEngineHeight);
    }
  }
}

/** A LunarLander with its physics. */
export async function createLunarLander(options: LunarLanderOptions = {}): Promise<LunarLander> {
  readLunarLanderOptions(options);
  return new LunarLander(solverLander(await loadPhysics()), options);
}

function readLunarLanderOptions(options: LunarLanderOptions): Required<LunarLanderOptions> {
  const read = readOptions<Required<LunarLanderOptions>>("LunarLander-v3", options, {
    continuous: false,
    gravity: -10,
    enableWind: false,
    windPower: 15,
    turbulencePower: 1.5,
  });
  const { gravity, windPower, turbulencePower } = read;
  if (!(gravity > -12 && gravity < 0)) {
    throw new InputError(`LunarLander-v3: option "gravity" is ${gravity}, but must be above -12 and below 0`);
  }
  for (const [name, value] of Object.entries({ windPower, turbulencePower })) {
    if (!(value >= 0 && value < Infinity)) {
      throw new InputError(`LunarLander-v3: option "${name}" is ${value}, but must be a finite number of at least 0`);
    }
  }
  return read;
}

/** The wind of step `index`, −1 … 1. */
const gust = (index: number): number => tanh(sin(0.02 * index) + sin(Math.PI * 0.01 * index));

const clip = (x: number, bound: number): number => (x > bound ? bound : x < -bound ? -bound : x);

const newStep = (): Step<Float32Array> => ({
  observation: new Float32Array(8),
  reward: 0,
  terminated: false,
  truncated: false,
  info: {},
});
