// BipedalWalker-v3: walk on two legs to the far end of uneven ground. Gymnasium's numbers and seeds.
import { RunError } from "../../errors.ts";
import { cos, sin } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";
import { loadPhysics } from "../../physics/index.ts";
import { box } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import { solverWalker } from "./bodies/solver-walker.ts";
import { legHeight, terrainStep, type Block, type WalkerPhysics } from "./bodies/walker-physics.ts";
import type { Drawing } from "../drawing.ts";
import { drawBipedalWalker } from "../drawings/bipedal-walker.ts";
import type { Env, Info, Step } from "../env.ts";
import { readOptions } from "../options.ts";
import { seededGenerator } from "../seeding.ts";

const fps = 50;
const scale = 30; // pixels of Gymnasium's picture per unit
const viewWidth = 600 / scale;
const viewHeight = 400 / scale;

const motorTorque = 80;
/** Speeds (rad/s) that the motors of hip, knee, hip and knee are driven to. */
const motorSpeeds = [4, 6, 4, 6];
const initialForce = 5; // at most, sideways, during the first step

const corners = 200; // of the ground
const groundY = viewHeight / 4;
const startCorners = 20; // level ones, where the walker starts
const finish = (corners - 10) * terrainStep;

const rayCount = 10;
const rayLength = 160 / scale;

/** Options of {@link BipedalWalker}. */
export interface BipedalWalkerOptions {
  /** Whether there are stumps, stairs and pits. Default false. */
  hardcore?: boolean;
}

/**
 * Observation: Box of 24: angle and angular velocity of the hull, its velocity (x, y); of each leg angle and speed of
 * the hip, angle and speed of the knee, whether the foot touches the ground (0 or 1); then how far ten rays from the
 * hull reach before they hit the ground, from straight down to nearly level forwards, as fractions of their length. Values beyond
 * the bounds of the space (a joint that is hit) are clipped to them.
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
    bounds.map(([low]) => low),
    bounds.map(([, high]) => high),
  );
  readonly actionSpace = box(-1, 1, [4]);
  readonly #physics: WalkerPhysics;
  readonly #hardcore: boolean;
  #generator: Generator | null = null;
  #terrain: Terrain = { heights: new Float64Array(0), blocks: [] };
  /** The potential after the last step; NaN before the first. */
  #shaping = NaN;
  readonly #rays = new Float64Array(rayCount);

  /** Use {@link createBipedalWalker}, which loads the physics. */
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
    this.#physics.reset(this.#terrain.heights, this.#terrain.blocks, groundY + 2 * legHeight);
    this.#physics.applyForce(generator.uniform(-initialForce, initialForce), 0);
    this.#shaping = NaN;
    // The first observation is the one after a step with idle motors.
    const first = newStep();
    this.#advance(idle, first);
    return { observation: first.observation, info: first.info };
  }

  get stepsInPlace(): boolean {
    return true;
  }

  step(action: Float32Array, out?: Step<Float32Array>): Step<Float32Array> {
    if (this.#generator === null) throw new RunError("BipedalWalker: step() before the first reset()");
    if (typeof action !== "object" || action?.length !== 4 || !action.every(Number.isFinite)) {
      throw new RunError(`BipedalWalker: the action is ${valueText(action)}, but must be 4 finite numbers`);
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
    return drawBipedalWalker(this.#terrain.heights, this.#terrain.blocks, poses, finish);
  }

  #advance(action: Float32Array, result: Step<Float32Array>): void {
    const physics = this.#physics;
    for (let i = 0; i < 4; i++) {
      const share = Math.min(Math.abs(action[i]), 1);
      physics.drive(i, motorSpeeds[i] * Math.sign(action[i]), motorTorque * share);
    }
    physics.step();
    physics.castRays(raysX, raysY, this.#rays);

    const { observation } = result;
    const { x, angle } = physics;
    observation[0] = angle;
    observation[1] = (2 * physics.angularVelocity) / fps;
    observation[2] = (0.3 * physics.velocityX * viewWidth) / fps;
    observation[3] = (0.3 * physics.velocityY * viewHeight) / fps;
    for (let leg = 0; leg < 2; leg++) {
      const at = 4 + 5 * leg;
      const hip = 2 * leg;
      const knee = hip + 1;
      observation[at] = physics.jointAngle(hip);
      observation[at + 1] = physics.jointSpeed(hip) / motorSpeeds[hip];
      observation[at + 2] = physics.jointAngle(knee) + 1;
      observation[at + 3] = physics.jointSpeed(knee) / motorSpeeds[knee];
      observation[at + 4] = physics.contact(leg) ? 1 : 0;
    }
    for (let i = 0; i < rayCount; i++) observation[14 + i] = this.#rays[i];
    const { low, high } = this.observationSpace;
    for (let i = 0; i < observation.length; i++) observation[i] = Math.max(low[i], Math.min(high[i], observation[i]));

    const shaping = (130 * x) / scale - 5 * Math.abs(angle);
    let reward = Number.isNaN(this.#shaping) ? 0 : shaping - this.#shaping;
    this.#shaping = shaping;
    for (let i = 0; i < 4; i++) reward -= 0.00035 * motorTorque * Math.min(Math.abs(action[i]), 1);
    const fell = physics.crashed || x < 0;
    result.reward = fell ? -100 : reward;
    result.terminated = fell || x > finish;
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
  const heights = new Float64Array(corners);
  const blocks: Block[] = [];
  const addBlock = (left: number, right: number, bottom: number, top: number): void => {
    blocks.push({ left, right, bottom, top });
  };
  let kind: "grass" | Obstacle = "grass";
  let begins = false; // whether this corner is the first of its kind
  let remaining = startCorners;
  let y = groundY;
  let velocity = 0;
  let originalY = 0;
  let stairs = { steps: 0, width: 0, direction: 0 };
  for (let i = 0; i < corners; i++) {
    const x = i * terrainStep;
    if (kind === "grass" && !begins) {
      velocity = 0.8 * velocity + 0.01 * Math.sign(groundY - y);
      if (i > startCorners) velocity += generator.uniform(-1, 1) / scale;
      y += velocity;
    } else if (kind === "pit" && begins) {
      remaining = generator.integers(3, 5);
      const depth = 4 * terrainStep;
      const width = terrainStep * remaining;
      addBlock(x, x + terrainStep, y - depth, y);
      addBlock(x + width, x + terrainStep + width, y - depth, y);
      remaining += 2;
      originalY = y;
    } else if (kind === "pit") {
      y = remaining > 1 ? originalY - 4 * terrainStep : originalY;
    } else if (kind === "stump" && begins) {
      remaining = generator.integers(1, 3);
      const size = remaining * terrainStep;
      addBlock(x, x + size, y, y + size);
    } else if (kind === "stairs" && begins) {
      const direction = generator.random() > 0.5 ? 1 : -1;
      stairs = { direction, width: generator.integers(4, 5), steps: generator.integers(3, 5) };
      originalY = y;
      for (let step = 0; step < stairs.steps; step++) {
        const left = x + step * stairs.width * terrainStep;
        const top = y + step * direction * terrainStep;
        addBlock(left, x + (1 + step) * stairs.width * terrainStep, top - terrainStep, top);
      }
      remaining = stairs.steps * stairs.width;
    } else if (kind === "stairs") {
      const { steps, width, direction } = stairs;
      y = originalY + ((steps * width - remaining - direction) / width) * direction * terrainStep;
    }
    heights[i] = y;
    begins = false;
    remaining--;
    if (remaining === 0) {
      remaining = generator.integers(5, 10);
      kind = kind === "grass" && hardcore ? obstacles[generator.integers(0, 3)] : "grass";
      begins = true;
    }
  }
  return { heights, blocks };
}

type Obstacle = "stump" | "stairs" | "pit";
const obstacles: readonly Obstacle[] = ["stump", "stairs", "pit"];

const idle = new Float32Array(4);

const angles = Array.from({ length: rayCount }, (_, i) => (1.5 * i) / rayCount);
const raysX = angles.map((angle) => sin(angle) * rayLength);
const raysY = angles.map((angle) => -cos(angle) * rayLength);

const legBounds: readonly (readonly [number, number])[] = [
  [-Math.PI, Math.PI],
  [-5, 5],
  [-Math.PI, Math.PI],
  [-5, 5],
  [0, 5], // Gymnasium's bounds of what is 0 or 1
];
const bounds: readonly (readonly [number, number])[] = [
  [-Math.PI, Math.PI],
  [-5, 5],
  [-5, 5],
  [-5, 5],
  ...legBounds,
  ...legBounds,
  ...Array.from({ length: rayCount }, (): [number, number] => [-1, 1]),
];

const newStep = (): Step<Float32Array> => ({
  observation: new Float32Array(24),
  reward: 0,
  terminated: false,
  truncated: false,
  info: {},
});
