// What BipedalWalker needs from a rigid-body solver. The environment knows terrain and rewards; the solver all bodies.

const scale = 30; // pixels of Gymnasium's picture per unit

/** Horizontal distance of the ground's corners. */
export const terrainStep = 14 / scale;

/** Where the hull starts. */
export const startX = terrainStep * 10;

/** Corners of the hull, counter-clockwise, around its origin. */
export const hullCorners: readonly (readonly [number, number])[] = [
  [-30, 9],
  [-30, -8],
  [34, -8],
  [34, 1],
  [6, 9],
].map(([x, y]) => [x / scale, y / scale]);

/** Height of the hips in the hull's frame; width and height of the upper legs (the lower ones are 0.8 as wide). */
export const hipY = -8 / scale;
export const legWidth = 8 / scale;
export const legHeight = 34 / scale;

/** A block on the ground: corners at its left, bottom, right and top. */
export interface Block {
  left: number;
  bottom: number;
  right: number;
  top: number;
}

/**
 * The hull (body 0), two upper and two lower legs (bodies 1 and 3, 2 and 4) and the ground. The joints are hip and knee
 * of the first leg (0 and 1), then of the second (2 and 3). Units of 30 pixels, y upwards, radians counter-clockwise,
 * gravity 10.
 */
export interface WalkerPhysics {
  /**
   * Begins an episode in a world that keeps nothing of the previous one: the hull at rest, the legs below it.
   *
   * @param ground heights of the ground's corners
   * @param blocks what stands on the ground, or makes the edges of its pits
   * @param y height of the hull
   */
  reset(ground: ArrayLike<number>, blocks: readonly Block[], y: number): void;
  /** Adds a force on the hull's centre of mass for the next step. */
  applyForce(x: number, y: number): void;
  /** Drives a joint towards `speed` (rad/s) with at most `torque`, until the next call. */
  drive(joint: number, speed: number, torque: number): void;
  /** Advances by 1/50 s, with 180 velocity and 60 position iterations. */
  step(): void;
  /** Position of the hull's origin (not its centre of mass). */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Velocity of the hull's centre of mass. */
  readonly velocityX: number;
  readonly velocityY: number;
  readonly angularVelocity: number;
  /** The joint's angle from where it starts, and its speed. */
  jointAngle(joint: number): number;
  jointSpeed(joint: number): number;
  /** Whether the last contact event of lower leg 0 or 1 was the beginning of a contact: false once it leaves any ground. */
  contact(leg: number): boolean;
  /** Whether the hull has touched the ground in this episode. */
  readonly crashed: boolean;
  /** For each ray from the hull's origin: the fraction of it before the ground; 1 if it does not meet any. */
  castRays(x: ArrayLike<number>, y: ArrayLike<number>, fractions: Float64Array): void;
  /** Writes x, y and angle of a body into `out`. */
  pose(body: number, out: Float64Array): void;
}
