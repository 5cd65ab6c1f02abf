// What LunarLander needs from a rigid-body solver. The environment knows engines, wind and rewards; the solver all
// bodies.

/** Width and height of what the world shows, in its units; the lander starts at the top, in the middle. */
export const worldWidth = 20;
export const worldHeight = 40 / 3;

/**
 * The lander (body 0), its left and right leg (bodies 1 and 2, on motorized hinges with limits), and the ground. Units
 * of 30 pixels, y upwards, radians counter-clockwise. Only `reset` may allocate.
 */
export interface LanderPhysics {
  /**
   * Begins an episode in a world that keeps nothing of the previous one: the lander at rest, in the upper middle.
   *
   * @param ground heights of the ground's corners, evenly spaced over the width
   * @param gravity acceleration, negative is downwards
   */
  reset(ground: ArrayLike<number>, gravity: number): void;
  /** Adds a force on the lander's centre of mass for the next step. */
  applyForce(x: number, y: number): void;
  /** Adds a torque on the lander for the next step. */
  applyTorque(torque: number): void;
  /** Changes the lander's velocities at once, by an impulse at a point of the world. */
  applyImpulse(x: number, y: number, pointX: number, pointY: number): void;
  /** Advances by 1/50 s, with 180 velocity and 60 position iterations. */
  step(): void;
  /** Position of the lander's origin (not its centre of mass). */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Velocity of the lander's centre of mass. */
  readonly velocityX: number;
  readonly velocityY: number;
  readonly angularVelocity: number;
  /**
   * Whether the leg's last contact event was the beginning of a contact: false once it leaves one piece of ground, even
   * for another.
   */
  readonly leftContact: boolean;
  readonly rightContact: boolean;
  /** Whether the lander's hull has touched the ground in this episode. */
  readonly crashed: boolean;
  /** Whether the lander has come to rest. */
  readonly asleep: boolean;
  /** Writes x, y and angle of the lander (0), its left leg (1) or its right leg (2) into `out`. */
  pose(body: number, out: Float64Array): void;
}

/** Corners of the hull, counter-clockwise, around its origin. */
export const hullCorners: readonly (readonly [number, number])[] = [
  [14, 17],
  [-14, 17],
  [-17, 0],
  [-17, -10],
  [17, -10],
  [17, 0],
].map(([x, y]) => [x / 30, y / 30]);

/** Half the width and height of a leg. */
export const legHalfSize: readonly [number, number] = [2 / 30, 8 / 30];

/** Where the hinge is in a leg's own frame: `side · away` to the side (side −1 is the left leg), and `down`. */
export const legHinge = { away: 20 / 30, down: 18 / 30 };
