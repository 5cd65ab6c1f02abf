import { expect, test } from "vitest";
import { experiment } from "../../src/experiments/lecture/ppo-epochs.ts";
import type { Row } from "../../src/experiments/experiment.ts";
import { expectPage } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

/** Rollouts whose divergence rises to `half` by epoch 20 and to `end` by 40; without a clip a hundredfold or `more`. */
const rollouts = (half: number, end: number, more = 100, [few, many] = [0.05, 0.1], n = 20): Row[] =>
  ["CartPole-v1", "Pendulum-v1"].flatMap((env) =>
    [0.1, 0.2, 0.3, 0].flatMap((clip) =>
      Array.from({ length: n }, (_, i) => {
        const factor = (clip > 0 ? 1 : more) * (1 + 0.002 * i);
        const kl = Array.from({ length: 40 }, (_, k) => factor * (k < 20 ? (half * (k + 1)) / 20 : half + ((end - half) * (k - 19)) / 20)); // prettier-ignore
        return { env, clip, seed: i + 1, kl, clipped: kl.map((_, k) => (k < 10 ? few : many) + 0.001 * i), advantages: 1 }; // prettier-ignore
      }),
    ),
  );

const runs = (variant: string, average: number, n = 20): Row[] =>
  [10, 20, 40].flatMap(
    (epochs) =>
    Array.from({ length: n }, (_, i) => ({ variant, epochs, seed: i + 1, average: average + ((i * 7) % 20), done: epochs })), // prettier-ignore
  );

test("claims follow the data, and fail where data say the opposite", () => {
  const calm = rollouts(0.01, 0.0105);
  expect(judge("within-bound", calm).verdict).toBe("supported");
  expect(judge("within-bound", rollouts(0.02, 0.025)).verdict).toBe("not supported");
  expect(judge("within-bound", calm).measured).toMatch(/^CartPole-v1: KL 0\.0107 \[.*20 seeds; Pendulum-v1: KL/);
  expect(judge("levels-off", calm).verdict).toBe("supported");
  expect(judge("levels-off", rollouts(0.01, 0.02)).verdict).toBe("not supported");
  expect(judge("without-clip", calm).verdict).toBe("supported");
  expect(judge("without-clip", rollouts(0.01, 0.0105, 5)).verdict).toBe("not supported");
  expect(judge("fraction-grows", calm).verdict).toBe("supported");
  expect(judge("fraction-grows", rollouts(0.01, 0.0105, 100, [0.1, 0.05])).verdict).toBe("not supported");
  for (const id of ["within-bound", "levels-off", "without-clip", "fraction-grows"])
    expect(judge(id, rollouts(0.01, 0.0105, 100, [0.05, 0.1], 4)).verdict, id).toBe("inconclusive");

  const asTold = [...runs("clipped", 300), ...runs("unclipped", 200), ...runs("stopped", 350)];
  const reversed = [...runs("clipped", 300), ...runs("unclipped", 400), ...runs("stopped", 250)];
  for (const id of ["epochs-need-clip", "target-helps"]) {
    expect(judge(id, asTold).verdict, id).toBe("supported");
    expect(judge(id, reversed).verdict, id).toBe("not supported");
    const few = ["clipped", "unclipped", "stopped"].flatMap((variant, i) => runs(variant, 100 * i, 3));
    expect(judge(id, few).verdict, id).toBe("inconclusive");
  }
});

test("its protocols are in order; one rollout is learned from at each ε, and trials train", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { env: "CartPole-v1", seed: 1, warmUp: 1024 };
  const same: Row[] = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
  expect(same.map(({ clip }) => clip)).toEqual([0.1, 0.2, 0.3, 0]);
  expect(new Set(same.map(({ advantages }) => advantages)).size).toBe(1);
  const kl = same.map((row) => (row.kl as number[])[39]);
  expect(kl[3]).toBeGreaterThan(2 * kl[1]);
  expect(same[0].kl).toHaveLength(40);

  const rows = [...same, ...rollouts(0.01, 0.01, 100, [0.1, 0.1], 1).filter(({ env }) => env === "Pendulum-v1")];
  rows.push(...["clipped", "unclipped"].flatMap((variant) => runs(variant, 100, 1)));
  const stopped = { variant: "stopped", seed: 1, steps: 1024 };
  rows.push(...(await experiment.carryOut(stopped, {})).map((row) => ({ ...stopped, ...row })));
  expect(rows.at(-1)).toMatchObject({ epochs: 40 });
  expect(rows.at(-1)!.done).toBeLessThan(40);
  expect(judge("target-helps", rows).verdict).toBe("inconclusive");
  expectPage(experiment, { rows, quick: true });
});
