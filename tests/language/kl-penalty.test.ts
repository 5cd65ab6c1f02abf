// The KL penalties on a policy that is small enough to enumerate: texts of two tokens out of three. What each expected
// gradient is, and is not, in float64.

import { describe, expect, test } from "vitest";
import { defaultsOf } from "../../src/learning/option-schema.ts";
import { estimate, type Episode } from "../../src/language/episodes.ts";
import { klPenalties, klPenaltyBias, type KlPenalty } from "../../src/language/kl-penalty.ts";
import { rlhfOptions } from "../../src/language/options.ts";
import { ppoLosses } from "../../src/language/ppo-loss.ts";
import { gradients, input, logSoftmax, lookup, pick, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { centralDifference, createRandom, expectClose, relativeError, uniform } from "../tensor/compare.ts";

const tokens = [0, 1, 2];
const texts = tokens.flatMap((first) => tokens.map((second) => [first, second] as const));
/** Logits [4, 3]: of the first token, and of the second behind each first one. */
const random = createRandom(3);
const [policy, old, reference] = [1, 2, 3].map(() => uniform(random, 12, -1, 1)) as [Float64Array, Float64Array, Float64Array]; // prettier-ignore

/** log π of each token in each state. */
function logProbs(logits: ArrayLike<number>): number[][] {
  return [0, 1, 2, 3].map((state) => {
    const row = tokens.map((token) => logits[3 * state + token]);
    const logSum = Math.log(row.reduce((total, x) => total + Math.exp(x), 0));
    return row.map((x) => x - logSum);
  });
}
const ofText = (logits: ArrayLike<number>, [first, second]: readonly [number, number]): [number, number] => {
  const all = logProbs(logits);
  return [all[0][first], all[1 + first][second]];
};
const probability = (logits: ArrayLike<number>, text: readonly [number, number]): number =>
  Math.exp(ofText(logits, text)[0] + ofText(logits, text)[1]);

/** Σ_s d(s) KL(p(·|s) ‖ q(·|s)), d(s) being how often `visitor` is in a state. */
function klOfTokens(p: ArrayLike<number>, q: ArrayLike<number>, visitor: ArrayLike<number>): number {
  const [ofP, ofQ, visits] = [logProbs(p), logProbs(q), logProbs(visitor)[0].map(Math.exp)];
  return [1, ...visits].reduce(
    (total, d, s) => total + d * ofP[s].reduce((sum, logP, y) => sum + Math.exp(logP) * (logP - ofQ[s][y]), 0),
    0,
  );
}
/** KL(π ‖ π_ref) of whole texts. */
const klOfTexts = (p: ArrayLike<number>): number =>
  texts.reduce((total, text) => {
    const [a, b] = [ofText(p, text), ofText(reference, text)];
    return total + probability(p, text) * (a[0] + a[1] - b[0] - b[1]);
  }, 0);

const logits = input("logits", [4, 3]);
const [state, token, nothing] = ["states", "tokens", "zeros"].map((name) => input(name, ["rows"])) as [Tensor, Tensor, Tensor]; // prettier-ignore
const zeros = new Float64Array(18);

/** The expected gradient of a loss over texts that `writer` writes, a text's tokens being rows. */
function expectedGradient(penalty: KlPenalty, writer: ArrayLike<number>, advantages: ArrayLike<number> = zeros) {
  const logProb = pick(logSoftmax(lookup(logits, state)), token);
  const seen = { logProb, entropy: nothing, value: nothing };
  const { inputs, policyLoss, klLoss } = ppoLosses(seen, { clip: 0.2, valueClip: 0, klPenalty: penalty });
  const loss = klLoss ?? policyLoss;
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [logits, policy],
    [state, texts.flatMap(([first]) => [0, 1 + first])],
    [token, texts.flat()],
    [nothing, zeros],
    [inputs.weight, texts.flatMap((text) => [probability(writer, text), probability(writer, text)])],
    [inputs.oldLogProb, texts.flatMap((text) => ofText(writer, text))],
    [inputs.referenceLogProb, texts.flatMap((text) => ofText(reference, text))],
    [inputs.advantage, advantages],
  ]);
  const { outputs } = runReference({ outputs: { loss, gradient: gradients(loss, [logits])[0] } }, feeds, 18);
  return { loss: outputs.loss[0], gradient: outputs.gradient };
}

const ofTexts = centralDifference(klOfTexts, policy);

test("k1 in the reward: that of the divergence of whole texts", () => {
  const options = { ...defaultsOf(rlhfOptions), lambda: 1, gamma: 1, normalizeAdvantages: false };
  const episodes = texts.map((text): Episode => ({
    prompt: [0],
    tokens: [...text],
    ended: true,
    logProbs: ofText(policy, text),
    referenceLogProbs: ofText(reference, text),
    values: [0, 0],
    entropies: [0, 0],
    score: 0,
  })); // prettier-ignore
  const beta = 0.7;
  const { advantages } = estimate(episodes, beta, options);
  const { gradient } = expectedGradient("k1-in-reward", policy, advantages.flatMap((a) => [...a])); // prettier-ignore
  expectClose(gradient, ofTexts.map((x) => beta * x), 1e-8); // prettier-ignore
  // With a penalty in the loss, there is none in the reward.
  for (const klPenalty of klPenalties.slice(1))
    expect(estimate(episodes, beta, { ...options, klPenalty }).returns.flatMap((r) => [...r])).toEqual(Array(18).fill(0)); // prettier-ignore
});

describe.each(["k2-in-loss", "weighted-k3-in-loss"] as const)("%s", (penalty) => {
  test.each([["on the policy", policy], ["off it", old]] as const)("%s: that of each token's divergence", (_, writer) => {
    const { gradient } = expectedGradient(penalty, writer);
    expectClose(gradient, centralDifference((p) => klOfTokens(p, reference, writer), policy), 1e-8); // prettier-ignore
  }); // prettier-ignore

  test("omits that a token leads to others", () => {
    expect(relativeError(expectedGradient(penalty, policy).gradient, ofTexts)).toBeGreaterThan(0.05);
    expect(klOfTokens(policy, reference, policy)).toBeCloseTo(klOfTexts(policy), 12);
  });
});

test("k3, weighted by ρ, is the divergence as a number too", () => {
  expect(expectedGradient("weighted-k3-in-loss", old).loss).toBeCloseTo(klOfTokens(policy, reference, old), 12);
});

describe("what is said to be biased is so", () => {
  test("k1 in the loss has an expected gradient of 0", () => {
    const { gradient, loss } = expectedGradient("k1-in-loss", policy);
    expect(loss).toBeCloseTo(klOfTexts(policy), 12);
    gradient.forEach((x) => expect(Math.abs(x)).toBeLessThan(1e-12));
    expect(Math.max(...ofTexts.map(Math.abs))).toBeGreaterThan(0.05);
  });

  test("k3 in the loss descends KL(π_ref ‖ π)", () => {
    const { gradient, loss } = expectedGradient("k3-in-loss", policy);
    expect(loss).toBeCloseTo(klOfTexts(policy), 12);
    expectClose(gradient, centralDifference((p) => klOfTokens(reference, p, policy), policy), 1e-8); // prettier-ignore
    expect(relativeError(gradient, centralDifference((p) => klOfTokens(p, reference, policy), policy))).toBeGreaterThan(0.05); // prettier-ignore
  });

  test("and its description says so", () => {
    expect(Object.keys(klPenaltyBias)).toEqual(["k1-in-loss", "k3-in-loss"]);
    for (const penalty of Object.keys(klPenaltyBias))
      expect(rlhfOptions.shape.klPenalty.description).toContain(`${penalty} (biased`);
  });
});
