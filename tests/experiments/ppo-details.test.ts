import { expect, test } from "vitest";
import { details as all, experiment } from "../../src/experiments/lecture/ppo-details.ts";
import type { Row } from "../../src/experiments/experiment.ts";
import { createTraining, decodeSafetensors } from "../../src/training/index.ts";
import { expectPage } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

const details = experiment.claims.slice(0, -2).map(({ id }) => id);

/** Trainings that add 100 with everything; without a detail they lose what is given for an environment, else nothing. */
const runs = (lost: Readonly<Record<string, Readonly<Record<string, number>>>> = {}, n = 20, gain = 100): Row[] =>
  ["CartPole-v1", "Pendulum-v1"].flatMap((env) =>
    ["full", "untrained", ...details].flatMap((detail) =>
      Array.from({ length: n }, (_, i) => {
        const noise = detail === "full" || detail === "untrained" ? 0 : 5 * Math.sin(i * 7 + detail.length);
        const average = (detail === "untrained" ? -gain : -(lost[env]?.[detail] ?? 0)) + 3 * i + noise;
        return { env, detail, seed: i + 1, average, final: average };
      }),
    ),
  );

test("every detail has a claim that follows the data, and fails where data say the opposite", () => {
  expect(details).toHaveLength(17);
  for (const id of details) {
    expect(judge(id, runs({ "Pendulum-v1": { [id]: 30 } })).verdict, id).toBe("supported");
    expect(judge(id, runs()).verdict, id).toBe("not supported");
    expect(judge(id, runs({ "Pendulum-v1": { [id]: 30 } }, 3)).verdict, id).toBe("inconclusive");
  }
  expect(judge("lambda", runs({ "CartPole-v1": { lambda: -40 } })).verdict).toBe("not supported");
  expect(judge("lambda", runs({ "CartPole-v1": { lambda: 30 } })).measured).toMatch(/^CartPole-v1: (29|30)\b/);
  expect(judge("lambda", runs({ "CartPole-v1": { lambda: 30 } }, 20, -5)).verdict).toBe("inconclusive");
});

test("claims about all details at once", () => {
  const rewards = { "Pendulum-v1": { rewards: 45, epochs: 20 } };
  expect(judge("none-alone", runs(rewards)).verdict).toBe("supported");
  expect(judge("none-alone", runs({ "CartPole-v1": { clip: 80 } })).verdict).toBe("not supported");
  expect(judge("none-alone", runs({ "CartPole-v1": { clip: 80 } })).measured).toMatch(/^CartPole-v1: most is the clipped ratio with/); // prettier-ignore
  expect(judge("none-alone", runs(rewards, 4)).verdict).toBe("inconclusive");
  expect(judge("pendulum-rewards", runs(rewards)).verdict).toBe("supported");
  expect(judge("pendulum-rewards", runs({ "Pendulum-v1": { rewards: 20, epochs: 45 } })).verdict).toBe("not supported");
  expect(judge("pendulum-rewards", runs(rewards, 4)).verdict).toBe("inconclusive");
});

test("initial weights are those that the details say", async () => {
  const weightsWith = async (id?: string) => {
    const networks = all.find((detail) => detail.id === id)?.networks;
    const training = await createTraining("ppo", { env: "CartPole-v1", seed: 1, totalSteps: 1, workers: 1, networks });
    const { tensors } = decodeSafetensors(training.saveWeights());
    training.close();
    return (name: string) => Array.from(tensors.get(name)!.data as Float32Array);
  };
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const [usual, uniform, large] = [await weightsWith(), await weightsWith("orthogonal"), await weightsWith("small-head")]; // prettier-ignore
  // Orthogonal: 64 rows of norm √2. Uniform within ±b: a deviation of b/√3, so a norm of 64 b/√3 where b = 1/8.
  expect(norm(usual("actor.1.weight"))).toBeCloseTo(8 * Math.SQRT2, 4);
  expect(norm(uniform("actor.1.weight"))).toBeCloseTo(8 / Math.sqrt(3), 0);
  expect(Math.max(...uniform("actor.1.weight").map(Math.abs))).toBeLessThanOrEqual(1 / 8);
  expect(Math.max(...uniform("critic.0.weight").map(Math.abs))).toBeGreaterThan(0.49);
  expect(norm(uniform("actor.output.weight"))).toBeCloseTo(0.01 * Math.SQRT2, 6);
  expect(norm(large("actor.output.weight"))).toBeCloseTo(Math.SQRT2, 5);
  expect(large("actor.1.weight")).toEqual(usual("actor.1.weight"));
});

test("its protocols are in order, and a trial leaves out one detail after another", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { env: "CartPole-v1", seed: 1, steps: 3072 };
  const trained: Row[] = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
  expect(trained.map(({ detail }) => detail)).toEqual(["full", "untrained", ...details]);
  // Each makes a difference from the first update or the second on, but for what has nothing to bound or to end yet.
  const [{ average }] = trained;
  const same = trained.slice(1).filter((row) => row.average === average);
  expect(same.map(({ detail }) => detail).filter((id) => id !== "kl-stop" && id !== "gradient-norm")).toEqual([]);
  const rows = [...trained, ...runs({}, 1).filter(({ env }) => env === "Pendulum-v1")];
  expect(judge("clip", rows).verdict).toBe("inconclusive");
  expectPage(experiment, { rows, quick: true });
});
