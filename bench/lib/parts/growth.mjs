// The part `growth`: what a row of a minibatch costs with more hidden units and with more rows, and a step of a training with more
// environments. Everything on one core.

import { prepare, pytorch, polgrad, byHand, agreement } from "./update.mjs";
import { polgradTraining, stableBaselines3, trainingSettings } from "./context.mjs";
import { withNodes } from "../nodes.mjs";

const hiddenUnits = [32, 64, 128, 256, 512, 1024];
const rowCounts = [16, 64, 256, 1024, 4096, 16384, 65536];
const environments = [1, 4, 16, 64, 256, 1024, 4096];
/** Rows of the minibatches of different networks, units of the layers of different minibatches, and steps of a rollout of all environments. */
const [rowsOfAll, unitsOfAll, rollout] = [256, 64, 4096];

const measures = [{ key: "us", head: "µs per row or step", faster: "less" }];
const lastLine = (out) => JSON.parse(out.trim().split("\n").at(-1));
/** The same competitor, whose result is a time for each row, or each step of a training. */
const each = (rows) => (competitor) => ({
  ...competitor,
  parse(out) {
    const result = lastLine(out);
    return { ...result, us: rows === undefined ? 1e6 / result.steps_per_s : (1000 * result.ms) / rows };
  },
});

export async function growthPart(context) {
  const update = (prepared, batch) =>
    [
      ...polgrad(context, prepared, batch),
      pytorch(context, prepared, batch, "flat"),
      ...(prepared.hidden % 64 === 0 ? [byHand(context, prepared, batch)] : []),
    ].map(each(batch));
  const cases = [];
  for (const hidden of hiddenUnits) {
    const prepared = await prepare(context, hidden, rowsOfAll);
    cases.push({
      name: `${hidden} units, ${rowsOfAll} rows`,
      at: { panel: "hidden units", x: hidden },
      competitors: update(prepared, rowsOfAll),
      check: agreement,
    });
  }
  const prepared = await prepare(context, unitsOfAll, Math.max(...rowCounts));
  for (const rows of rowCounts)
    cases.push({
      name: `${unitsOfAll} units, ${rows} rows`,
      at: { panel: "rows of a minibatch", x: rows },
      competitors: update(prepared, rows),
      check: agreement,
    });
  const { env } = await trainingSettings(context);
  for (const envs of environments) {
    const steps = 4 * rollout;
    const own = { rollout: rollout / envs, minibatches: rollout / rowsOfAll, epochs: 4, envs };
    const hp = { n_steps: rollout / envs, batch_size: rowsOfAll, n_epochs: 4 };
    cases.push({
      name: `${envs} environments`,
      at: { panel: "environments of a training", x: envs },
      competitors: [
        ...withNodes(context.nodes, { command: polgradTraining({ options: own, steps: 8 * steps }) }),
        stableBaselines3(context, { env, envs, hp, steps }),
      ].map(each()),
    });
  }
  return {
    title: `Growth: a row of an update with more units and more rows, a step of a training with more environments`,
    measures,
    cases,
    notes: [
      `a row of an update of two networks of two layers; a step of PPO on CartPole-v1, ${rollout} steps an update, minibatches of ${rowsOfAll} rows, 4 epochs`,
      prepared.torch.text,
    ].filter(Boolean),
  };
}
