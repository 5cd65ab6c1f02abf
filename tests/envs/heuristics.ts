// Controllers that fly and walk by rules of thumb: episodes that reach contact, landings and long walks in tests.

/** Lands LunarLander, in most episodes; after the controller in Gymnasium's file of the environment. */
export function landerHeuristic(observation: ArrayLike<number>, continuous: boolean): number | Float32Array {
  const [x, y, velocityX, velocityY, angle, angularVelocity, left, right] = Array.from(observation);
  const touching = left !== 0 || right !== 0;
  const targetAngle = Math.max(-0.4, Math.min(0.4, 0.5 * x + velocityX));
  const turn = touching ? 0 : 0.5 * (targetAngle - angle) - angularVelocity;
  const lift = touching ? -0.5 * velocityY : 0.5 * (0.55 * Math.abs(x) - y) - 0.5 * velocityY;
  if (continuous) {
    return Float32Array.of(lift * 20 - 1, -turn * 20).map((component) => Math.max(-1, Math.min(1, component)));
  }
  if (lift > Math.abs(turn) && lift > 0.05) return 2;
  if (turn < -0.05) return 3;
  return turn > 0.05 ? 1 : 0;
}
