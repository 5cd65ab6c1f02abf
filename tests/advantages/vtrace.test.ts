import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gae, lambdaReturns, nStepAdvantages, vtrace, type Trajectories } from "../../src/advantages/index.ts";
import { column, distance, gammas, lambdas, trajectories } from "./cases.ts";

const onPolicy = ({ rewards }: Trajectories): number[] => new Array<number>(rewards.length).fill(0);

describe("vtrace, by hand (γ = ½)", () => {
  const open = { rewards: [1, 2, 3], values: [4, 8, 16], nextValues: [8, 16, 32] };
  // δ = 1 + ½·8 − 4 = 1; 2 + ½·16 − 8 = 2; 3 + ½·32 − 16 = 3
  const logRatios = [Math.log(2), Math.log(0.5), Math.log(3)];
  const close = (actual: Float64Array, expected: number[]): void =>
    expect(distance(actual, expected), `${[...actual]} is not ${expected}`).toBeLessThan(1e-12);

  test("ratios above 1 are cut off, one below is taken as it is", () => {
    const { targets, advantages } = vtrace(column(open), logRatios, { gamma: 0.5 });
    // ρ = c = 1, ½, 1: v_2 = 16 + 3; v_1 = 8 + ½·2 + ½·½·3 = 9.75; v_0 = 4 + 1 + ½·1.75 = 5.875
    close(targets, [5.875, 9.75, 19]);
    // 1 + ½·9.75 − 4; ½ (2 + ½·19 − 8); 3 + ½·32 − 16
    close(advantages, [1.875, 1.75, 3]);
  });

  test("ρ̄ = 2 and c̄ = 1.5 cut off each its own", () => {
    const { targets, advantages } = vtrace(column(open), logRatios, { gamma: 0.5, rhoBar: 2, cBar: 1.5 });
    // ρ = 2, ½, 2 and c = 1.5, ½, 1.5: v_2 = 16 + 6; v_1 = 8 + 1 + ¼·6 = 10.5; v_0 = 4 + 2 + ½·1.5·2.5
    close(targets, [7.875, 10.5, 22]);
    // 2 (1 + ½·10.5 − 4); ½ (2 + ½·22 − 8); 2·3
    close(advantages, [4.5, 2.5, 6]);
  });

  test("λ = ½ halves what comes after", () => {
    const { targets, advantages } = vtrace(column(open), logRatios, { gamma: 0.5, lambda: 0.5 });
    // v_2 = 19; v_1 = 8 + 1 + ½·¼·3; v_0 = 4 + 1 + ¼·1.375
    close(targets, [5.34375, 9.375, 19]);
    // 1 + ¼·1.375; ½ (2 + ¼·3); 3
    close(advantages, [1.34375, 1.375, 3]);
  });

  test("a terminated step has a next value of 0, whatever stands there", () => {
    const c = column({ ...open, nextValues: [8, NaN, 32], terminated: [0, 1, 0] });
    // δ_1 = 2 − 8 = −6: v_1 = 8 − ½·6 = 5, and nothing of step 2 reaches it; v_0 = 4 + 1 + ½·(−3)
    const { targets, advantages } = vtrace(c, logRatios, { gamma: 0.5 });
    close(targets, [3.5, 5, 19]);
    close(advantages, [1 - 1.5, -3, 3]);
  });

  test("a truncated step bootstraps from its final observation and lets nothing through", () => {
    const c = column({ ...open, nextValues: [8, 100, 32], truncated: [0, 1, 0] });
    // δ_1 = 2 + ½·100 − 8 = 44: v_1 = 8 + 22; v_0 = 4 + 1 + ½·22
    const { targets, advantages } = vtrace(c, logRatios, { gamma: 0.5 });
    close(targets, [16, 30, 19]);
    close(advantages, [12, 22, 3]);
  });

  test("terminated wins where both are set", () => {
    const both = column({ ...open, terminated: [0, 1, 0], truncated: [0, 1, 0] });
    const one = column({ ...open, terminated: [0, 1, 0] });
    expect(vtrace(both, logRatios, { gamma: 0.5 })).toEqual(vtrace(one, logRatios, { gamma: 0.5 }));
  });

  test("an action that the policy never takes teaches nothing, and one that the old policy hardly took no more than ρ̄", () => {
    const { targets, advantages } = vtrace(column(open), [-Infinity, 1000, 0], { gamma: 0.5 });
    close(targets, [4, 8 + 2 + 1.5, 19]);
    close(advantages, [0, 3.5, 3]);
  });

  test("environments do not mix", () => {
    const two = {
      steps: 2,
      environments: 2,
      rewards: Float64Array.of(1, 10, 2, 20),
      values: new Float64Array(4),
      nextValues: new Float64Array(4),
      terminated: Uint8Array.of(0, 1, 0, 0),
      truncated: new Uint8Array(4),
    };
    const { targets, advantages } = vtrace(two, [0, 0, Math.log(0.5), 0], { gamma: 1 });
    close(targets, [2, 10, 1, 20]);
    close(advantages, [2, 10, 1, 20]);
  });
});

/** The definition: every product and sum written out. */
function definition(
  data: Trajectories,
  logRatios: readonly number[],
  o: Record<"gamma" | "lambda" | "rhoBar" | "cBar", number>,
): Float64Array {
  const { environments, rewards, values, nextValues, terminated, truncated } = data;
  return values.map((v, start) => {
    let [total, weight] = [v, 1];
    for (let k = start; k < rewards.length; k += environments) {
      const ratio = Math.exp(logRatios[k]);
      const delta = rewards[k] + (terminated[k] ? 0 : o.gamma * nextValues[k]) - values[k];
      total += weight * Math.min(o.rhoBar, ratio) * delta;
      if (terminated[k] || truncated[k]) break;
      weight *= o.gamma * o.lambda * Math.min(o.cBar, ratio);
    }
    return total;
  });
}

describe("vtrace, identities", () => {
  const bars = fc.double({ min: 1, max: 3, noNaN: true });
  const offPolicy = trajectories().chain((data) => {
    const n = data.rewards.length;
    const logRatio = fc.double({ min: -2, max: 2, noNaN: true });
    return fc.tuple(fc.constant(data), fc.array(logRatio, { minLength: n, maxLength: n }));
  });

  test("is its definition", () => {
    fc.assert(
      fc.property(offPolicy, gammas, lambdas, bars, bars, ([data, logRatios], gamma, lambda, rhoBar, cBar) => {
        const { targets } = vtrace(data, logRatios, { gamma, lambda, rhoBar, cBar });
        const expected = definition(data, logRatios, { gamma, lambda, rhoBar, cBar });
        const scale = 1 + Math.max(...expected.map(Math.abs));
        expect(distance(targets, expected) / scale).toBeLessThan(1e-12);
      }),
      { numRuns: 500 },
    );
  });

  test("the advantages are ρ_t (r + γ v_{t+1} − V), of the targets", () => {
    fc.assert(
      fc.property(offPolicy, gammas, ([data, logRatios], gamma) => {
        const { targets, advantages } = vtrace(data, logRatios, { gamma });
        const { environments: n, rewards, values, nextValues, terminated, truncated } = data;
        const expected = rewards.map((r, k) => {
          const goesOn = !terminated[k] && !truncated[k] && k + n < rewards.length;
          const next = terminated[k] ? 0 : goesOn ? targets[k + n] : nextValues[k];
          return Math.min(1, Math.exp(logRatios[k])) * (r + gamma * next - values[k]);
        });
        expect(distance(advantages, expected)).toBeLessThan(1e-9);
      }),
    );
  });

  test("on-policy with ρ̄, c̄ ≥ 1 it is GAE(γ, λ) and the TD(λ) return, whatever the bars", () => {
    fc.assert(
      fc.property(trajectories(), gammas, lambdas, bars, bars, (data, gamma, lambda, rhoBar, cBar) => {
        const { targets, advantages } = vtrace(data, onPolicy(data), { gamma, lambda, rhoBar, cBar });
        const expected = gae(data, { gamma, lambda });
        expect(distance(advantages, expected)).toBeLessThan(1e-9);
        expect(distance(targets, lambdaReturns(expected, data.values))).toBeLessThan(1e-9);
      }),
    );
  });

  test("and with λ = 1 the n-step return to the rollout's end", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (data, gamma) => {
        const { targets } = vtrace(data, onPolicy(data), { gamma });
        const expected = nStepAdvantages(data, { gamma, n: data.steps }).map((a, k) => a + data.values[k]);
        expect(distance(targets, expected)).toBeLessThan(1e-9);
      }),
    );
  });

  test("writes into out and returns it", () => {
    const data = column({ rewards: [1, 2], values: [3, 4], nextValues: [4, 5] });
    const out = { targets: new Float64Array(2).fill(NaN), advantages: new Float64Array(2).fill(NaN) };
    expect(vtrace(data, [0, 0], { gamma: 0.9 }, out)).toBe(out);
    expect(out).toEqual(vtrace(data, [0, 0], { gamma: 0.9 }));
  });
});
