// The part `environments`: steps of each environment alone, beside Gymnasium's, with the same actions and resets.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { withNodes } from "../nodes.mjs";
import { ownPeer } from "../peers.mjs";
import { ownProgram } from "./context.mjs";

const ids = [
  "CartPole-v1",
  "Pendulum-v1",
  "Acrobot-v1",
  "MountainCar-v0",
  "MountainCarContinuous-v0",
  "FrozenLake-v1",
  "CliffWalking-v1",
  "LunarLander-v3",
];

/** Whether the same actions brought the same rewards: the sums over the first 1,000 steps. */
export function samePlay(results) {
  const sums = [...results].flatMap(([name, { rounds }]) =>
    rounds.slice(0, 1).map(({ rewards }) => ({ name, rewards })),
  );
  const told = sums.filter(({ rewards }) => rewards !== undefined);
  if (told.length < 2) return undefined;
  const [first, ...others] = told;
  const worst = Math.max(...others.map(({ rewards }) => Math.abs(rewards - first.rewards) / Math.max(1, Math.abs(first.rewards)))); // prettier-ignore
  return worst <= 1e-6
    ? { text: "the rewards of the first 1,000 steps are the same", failed: false }
    : { text: `the rewards of the first 1,000 steps DIFFER: ${told.map(({ name, rewards }) => `${name} ${rewards}`).join(", ")}`, failed: true }; // prettier-ignore
}

export function environmentsPart({ nodes, peers, options }) {
  const program = join(peers.folder, "gymnasium_speed.py");
  const cases = ids.map((id) => {
    const isLander = id.startsWith("Lunar");
    const missing = peers.lacks("gymnasium", "numpy", ...(isLander ? ["Box2D"] : []));
    const theirId = isLander ? `lunar_lander:${id}` : id;
    const flags = (name) => ["--env", name, "--seconds", String(options.seconds)];
    const asMade = { name: "Gymnasium, as make gives it", missing, command: [peers.python, program, theirId], env: peers.env }; // prettier-ignore
    return {
      name: id,
      competitors: [
        ...withNodes(nodes, { command: [ownProgram("environment.mjs"), ...flags(id)] }),
        ...(existsSync(program) ? [asMade] : []),
        {
          name: "Gymnasium, bare",
          missing,
          command: [peers.python, ownPeer("environment_gymnasium.py"), ...flags(theirId)],
          env: peers.env,
        },
      ],
      check: samePlay,
    };
  });
  return {
    title: "Environments alone: 256 random actions again and again, a reset at each episode's end",
    measures: [{ key: "steps_per_s", head: "steps per second", faster: "more" }],
    cases,
    notes: [
      "Gymnasium, as make gives it: gymnasium_speed.py, 60,000 steps; bare: without its checker and without the wrapper that asks for a reset",
    ],
  };
}
