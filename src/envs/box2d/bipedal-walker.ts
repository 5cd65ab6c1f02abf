// BipedalWalker-v3: walk on two legs to the far end of uneven ground. Gymnasium's numbers and seeds.
import { RunError } from "../../errors.ts";
import { cos, sin } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { loadPhysics } from "../../physics/index.ts";
import { box } from "../../spaces/index.ts";
import { solverWalker } from "./bodies/solver-walker.ts";
import { LEG_HEIGHT, TERRAIN_STEP, type Block, type WalkerPhysics } from "./bodies/walker-physics.ts";
import type { Drawing } from "../drawing.ts";
import { drawBipedalWalker } from "../drawings/bipedal-walker.ts";
import type { Env, Info, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";
import { shown } from "../shown.ts";

const FPS = 50;
const SCALE = 30; // pixels of Gymnasium's picture per unit
const VIEW_WIDTH = 600 / SCALE;
const VIEW_HEIGHT = 400 / SCALE;

const MOTOR_TORQUE = 80;
/** Speeds (rad/s) that the motors of hip, knee, hip and knee are driven to. */
const MOTOR_SPEEDS = [4, 6, 4, 6];
const INITIAL_FORCE = 5; // at most, sideways, during the first step

const CORNERS = 200; // of the ground
const GROUND_Y = VIEW_HEIGHT / 4;
const START_CORNERS = 20; // level ones, where the walker starts
const FINISH = (CORNERS - 10) * TERRAIN_STEP;

const RAYS = 10;
const RAY_LENGTH = 160 / SCALE;

/** Options of {@link BipedalWalker}. */
export interface BipedalWalkerOptions {
  /** Stumps, stairs and pits in the way. Default false. */
  hardcore?: boolean;
}

/**
 * Observation: Box of 24: angle and angular velocity of the hull, its velocity (x, y); of each leg angle and speed of
 * the hip, angle and speed of the knee, whether the foot touches the ground (0 or 1); then how far ten rays from the
 * hull go until the ground, from straight down to nearly level forwards, as fractions of their length. What passes the
 * bounds of the space (a joint that is hit) is observed at the bound.
 *
 * Action: Box of 4 in −1 … 1, for hip and knee of the first leg, then of the second: the sign says which way the motor
 * turns, the magnitude its share of the greatest torque.
 *
 * Reward: the way forwards (300 in all) with a penalty for tilting the hull, less the torques; −100 instead where the
 * hull touches the ground or the walker goes back beyond the start. Both terminate, as does the end of the ground. The
 * limit of 1600 steps and the threshold of 300 belong to the registered spec.
 */
export class BipedalWalker implements Env<Float32Array, Float32Array> {
  readonly observationSpace = box(
    BOUNDS.map(([low]) => low),
    BOUNDS.map(([, high]) => high),
  );
  readonly actionSpace = box(-1, 1, [4]);
  readonly #physics: WalkerPhysics;
  readonly #hardcore: boolean;
  #generator: Generator | null = null;
  #terrain: Terrain = { heights: new Float64Array(0), blocks: [] };
  /** The potential that the last reward was reckoned from; NaN before the first step. */
  #shaping = NaN;
  readonly #rays = new Float64Array(RAYS);

  /** Use {@link createBipedalWalker}, which brings the physics. */
  constructor(physics: WalkerPhysics, options: BipedalWalkerOptions = {}) {
    this.#physics = physics;
    this.#hardcore = readBipedalWalkerOptions(options).hardcore;
  }

  reset(seed?: number): { observation: Float32Array; info: Info } {
    const generator = seededGenerator(seed, this.#generator);
    this.#generator = generator;
    this.#terrain = drawTerrain(generator, this.#hardcore);
    // Gymnasium draws ten clouds here, of a position and five corners each.
    for (let i = 0; i < 10 * (1 + 5 * 2); i++) generator.random();
    this.#physics.reset(this.#terrain.heights, this.#terrain.blocks, GROUND_Y + 2 * LEG_HEIGHT);
    this.#physics.applyForce(generator.uniform(-INITIAL_FORCE, INITIAL_FORCE), 0);
    this.#shaping = NaN;
    // The first observation is the one after a step with idle motors.
    const first = newStep();
    this.#advance(IDLE, first);
    return { observation: first.observation, info: first.info };
  }

  step(action: Float32Array, out?: Step<Float32Array>): Step<Float32Array> {
    if (this.#generator === null) throw new RunError("BipedalWalker: step() before the first reset()");
    if (typeof action !== "object" || action?.length !== 4 || !action.every(Number.isFinite)) {
      throw new RunError(`BipedalWalker: the action is ${shown(action)}, but must be 4 finite numbers`);
    }
    const result = out ?? newStep();
    this.#advance(action, result);
    return result;
  }

  draw(): Drawing {
    if (this.#generator === null) throw new RunError("BipedalWalker: draw() before the first reset()");
    const poses = [0, 1, 2, 3, 4].map((body) => {
      const pose = new Float64Array(3);
      this.#physics.pose(body, pose);
      return pose;
    });
    return drawBipedalWalker(this.#terrain.heights, this.#terrain.blocks, poses, FINISH);
  }

  #advance(action: Float32Array, result: Step<Float32Array>): void {
    const physics = this.#physics;
    for (let i = 0; i < 4; i++) {
      const share = Math.min(Math.abs(action[i]), 1);
      physics.drive(i, MOTOR_SPEEDS[i] * Math.sign(action[i]), MOTOR_TORQUE * share);
    }
    physics.step();
    physics.castRays(RAYS_X, RAYS_Y, this.#rays);

    const { observation } = result;
    const { x, angle } = physics;
    observation[0] = angle;
    observation[1] = (2 * physics.angularVelocity) / FPS;
    observation[2] = (0.3 * physics.velocityX * VIEW_WIDTH) / FPS;
    observation[3] = (0.3 * physics.velocityY * VIEW_HEIGHT) / FPS;
    for (let leg = 0; leg < 2; leg++) {
      const at = 4 + 5 * leg;
      const hip = 2 * leg;
      const knee = hip + 1;
      observation[at] = physics.jointAngle(hip);
      observation[at + 1] = physics.jointSpeed(hip) / MOTOR_SPEEDS[hip];
      observation[at + 2] = physics.jointAngle(knee) + 1;
      observation[at + 3] = physics.jointSpeed(knee) / MOTOR_SPEEDS[knee];
      observation[at + 4] = physics.contact(leg) ? 1 : 0;
    }
    for (let i = 0; i < RAYS; i++) observation[14 + i] = this.#rays[i];
    const { low, high } = this.observationSpace;
    for (let i = 0; i < observation.length; i++) observation[i] = Math.max(low[i], Math.min(high[i], observation[i]));

    const shaping = (130 * x) / SCALE - 5 * Math.abs(angle);
    let reward = Number.isNaN(this.#shaping) ? 0 : shaping - this.#shaping;
    this.#shaping = shaping;
    for (let i = 0; i < 4; i++) reward -= 0.00035 * MOTOR_TORQUE * Math.min(Math.abs(action[i]), 1);
    const fell = physics.crashed || x < 0;
    result.reward = fell ? -100 : reward;
    result.terminated = fell || x > FINISH;
    result.truncated = false;
  }
}

/** A BipedalWalker with its physics. */
export async function createBipedalWalker(options: BipedalWalkerOptions = {}): Promise<BipedalWalker> {
  readBipedalWalkerOptions(options);
  return new BipedalWalker(solverWalker(await loadPhysics()), options);
}

const readBipedalWalkerOptions = (options: BipedalWalkerOptions): Required<BipedalWalkerOptions> =>
  readOptions<Required<BipedalWalkerOptions>>("BipedalWalker-v3", options, { hardcore: false });

interface Terrain {
  heights: Float64Array;
  blocks: Block[];
}

/**
 * Heights of the ground's corners, and the blocks on it. Level at first, then a smooth random walk; in hardcore mode
 * after each stretch of it an obstacle.
 */
function drawTerrain(generator: Generator, hardcore: boolean): Terrain {
  const heights = new Float64Array(CORNERS);
  const blocks: Block[] = [];
  const addBlock = (left: number, right: number, bottom: number, top: number): void => {
    blocks.push({ left, right, bottom, top });
  };
  let kind: "grass" | Obstacle = "grass";
  let begins = false; // whether this corner is the first of its kind
  let remaining = START_CORNERS;
  let y = GROUND_Y;
  let velocity = 0;
  let originalY = 0;
  let stairs = { steps: 0, width: 0, direction: 0 };
  for (let i = 0; i < CORNERS; i++) {
    const x = i * TERRAIN_STEP;
    if (kind === "grass" && !begins) {
      velocity = 0.8 * velocity + 0.01 * Math.sign(GROUND_Y - y);
      if (i > START_CORNERS) velocity += generator.uniform(-1, 1) / SCALE;
      y += velocity;
    } else if (kind === "pit" && begins) {
      remaining = generator.integers(3, 5);
      const depth = 4 * TERRAIN_STEP;
      const width = TERRAIN_STEP * remaining;
      addBlock(x, x + TERRAIN_STEP, y - depth, y);
      addBlock(x + width, x + TERRAIN_STEP + width, y - depth, y);
      remaining += 2;
      originalY = y;
    } else if (kind === "pit") {
      y = remaining > 1 ? originalY - 4 * TERRAIN_STEP : originalY;
    } else if (kind === "stump" && begins) {
      remaining = generator.integers(1, 3);
      const size = remaining * TERRAIN_STEP;
      addBlock(x, x + size, y, y + size);
    } else if (kind === "stairs" && begins) {
      const direction = generator.random() > 0.5 ? 1 : -1;
      stairs = { direction, width: generator.integers(4, 5), steps: generator.integers(3, 5) };
      originalY = y;
      for (let step = 0; step < stairs.steps; step++) {
        const left = x + step * stairs.width * TERRAIN_STEP;
        const top = y + step * direction * TERRAIN_STEP;
        addBlock(left, x + (1 + step) * stairs.width * TERRAIN_STEP, top - TERRAIN_STEP, top);
      }
      remaining = stairs.steps * stairs.width;
    } else if (kind === "stairs") {
      const { steps, width, direction } = stairs;
      y = originalY + ((steps * width - remaining - direction) / width) * direction * TERRAIN_STEP;
    }
    heights[i] = y;
    begins = false;
    remaining--;
    if (remaining === 0) {
      remaining = generator.integers(5, 10);
      kind = kind === "grass" && hardcore ? OBSTACLES[generator.integers(0, 3)] : "grass";
      begins = true;
    }
  }
  return { heights, blocks };
}

type Obstacle = "stump" | "stairs" | "pit";
const OBSTACLES: readonly Obstacle[] = ["stump", "stairs", "pit"];

const IDLE = new Float32Array(4);

const angles = Array.from({ length: RAYS }, (_, i) => (1.5 * i) / RAYS);
const RAYS_X = angles.map((angle) => sin(angle) * RAY_LENGTH);
const RAYS_Y = angles.map((angle) => -cos(angle) * RAY_LENGTH);

const LEG_BOUNDS: readonly (readonly [number, number])[] = [
  [-Math.PI, Math.PI],
  [-5, 5],
  [-Math.PI, Math.PI],
  [-5, 5],
  [0, 5], // Gymnasium's bounds of what is 0 or 1
];
const BOUNDS: readonly (readonly [number, number])[] = [
  [-Math.PI, Math.PI],
  [-5, 5],
  [-5, 5],
  [-5, 5],
  ...LEG_BOUNDS,
  ...LEG_BOUNDS,
  ...Array.from({ length: RAYS }, (): [number, number] => [-1, 1]),
];

const newStep = (): Step<Float32Array> => ({
  observation: new Float32Array(24),
  reward: 0,
  terminated: false,
  truncated: false,
  info: {},
});
