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

/**
 * Walks BipedalWalker for a while, now and then to the end; after the controller in Gymnasium's file of the
 * environment.
 */
export function walkerHeuristic(): (observation: ArrayLike<number>) => Float32Array {
  const targetSpeed = 0.29;
  const largestKnee = 0.1;
  let phase: "one leg" | "put down" | "push off" = "one leg";
  let moving = 0;
  let supportKnee = largestKnee;
  return (s) => {
    const supporting = 1 - moving;
    const at = (leg: number): number => 4 + 5 * leg; // hip, its speed, knee, its speed, contact
    const hip = [0, 0]; // targets, 0 is none
    const knee = [0, 0];
    if (phase === "one leg") {
      hip[moving] = 1.1;
      knee[moving] = -0.6;
      supportKnee = Math.min(supportKnee + (s[2] > targetSpeed ? 0.06 : 0.03), largestKnee);
      knee[supporting] = supportKnee;
      if (s[at(supporting)] < 0.1) phase = "put down";
    }
    if (phase === "put down") {
      hip[moving] = 0.1;
      knee[moving] = largestKnee;
      knee[supporting] = supportKnee;
      if (s[at(moving) + 4] !== 0) {
        phase = "push off";
        supportKnee = Math.min(s[at(moving) + 2], largestKnee);
      }
    }
    if (phase === "push off") {
      knee[moving] = supportKnee;
      knee[supporting] = 1;
      if (s[at(supporting) + 2] > 0.88 || s[2] > 1.2 * targetSpeed) {
        phase = "one leg";
        moving = supporting;
      }
    }
    const action = new Float32Array(4);
    for (const leg of [0, 1]) {
      const base = at(leg);
      const hipTorque = hip[leg] === 0 ? 0 : 0.9 * (hip[leg] - s[base]) - 0.25 * s[base + 1];
      const kneeTorque = knee[leg] === 0 ? 0 : 4 * (knee[leg] - s[base + 2]) - 0.25 * s[base + 3];
      const upright = 0.9 * s[0] + 1.5 * s[1];
      action[2 * leg] = Math.max(-1, Math.min(1, 0.5 * (hipTorque + upright)));
      action[2 * leg + 1] = Math.max(-1, Math.min(1, 0.5 * (kneeTorque - 15 * s[3])));
    }
    return action;
  };
}
