// The invariants of RLHF: KL and ratios at the start, masks and positions, rewards, gradients, ends.

import { describe, expect, test } from "vitest";
import { defaultsOf } from "../../src/learning/option-schema.ts";
import { estimate, likelihoodAt, measure, type Episode, type WrittenText } from "../../src/language/episodes.ts";
import { createGpt, initialWeights, type Gpt } from "../../src/language/gpt.ts";
import { createHead, initializeHead } from "../../src/language/heads.ts";
import { createRlhf, type RlhfSetting } from "../../src/language/rlhf.ts";
import { rlhfOptions, type RlhfOptions } from "../../src/language/options.ts";
import { createTokenGenerator } from "../../src/language/generate.ts";
import { ppoLosses } from "../../src/language/ppo-loss.ts";
import { samplingOf } from "../../src/language/sampling.ts";
import { sequenceInputs } from "../../src/language/sequences.ts";
import { createGenerator, createStreams } from "../../src/random/index.ts";
import { add, createEngine, gradients, mul, sub, type Engine, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { relativeError } from "../tensor/compare.ts";

const config = { vocabularySize: 9, context: 12, width: 8, layers: 1, heads: 2, epsilon: 1e-5 };
const endOfText = 8;

const optionsOf = (more: Partial<RlhfOptions> = {}): RlhfOptions => ({ ...defaultsOf(rlhfOptions), episodes: 16, minibatches: 2, ...more }); // prettier-ignore

async function open(more: Partial<RlhfOptions> = {}, setting: Partial<RlhfSetting> = {}, seed = 5) {
  const engine = await createEngine();
  const actor = createGpt(config, "actor.");
  const reference = createGpt(config, "reference.");
  const critic = createGpt(config, "critic.");
  for (const gpt of [actor, reference, critic])
    for (const [v, values] of initialWeights(gpt, createGenerator(2)))
      engine.write(v, v.name.endsWith("weight") && !/ln_/.test(v.name) ? values.map((x) => 10 * x) : values);
  const head = createHead(critic, "critic.");
  initializeHead(engine, head, more.critic === undefined ? undefined : createGenerator(3));
  const seen: Episode[][] = [];
  const options = optionsOf(more);
  const learner = createRlhf({
    engine,
    actor,
    reference,
    critic: { gpt: more.critic === "shared" ? actor : critic, head },
    endOfText,
    options,
    streams: createStreams(seed),
    // eslint-disable-next-line require-yield -- a reward that needs no time
    *reward(texts) {
      return texts.map(({ tokens }) => tokens.filter((t) => t === 3).length);
    },
    prompts: (i) => Array.from({ length: options.episodes }, (_, k) => [(i + k) % 8, ...(k % 3 === 0 ? [1, 2] : [])]),
    onEpisodes: (episodes) => void seen.push([...episodes]),
    ...setting,
  });
  const update = (remaining = 1): Record<string, number> => {
    const slices = learner.update(remaining);
    for (let next = slices.next(); ; next = slices.next(next.value)) if (next.done) return next.value;
  };
  return { engine, actor, reference, critic, head, learner, seen, update };
}

describe("at the start", () => {
  test("KL and log-ratios to the reference are exactly 0, and the first ratio exactly 1 in each update", async () => {
    // One minibatch and one epoch: all that is measured is before the step.
    const { seen, update, engine, actor } = await open({ epochs: 1, minibatches: 1, klCoefficient: 0.1 });
    const before = engine.read(actor.weights[0]).slice();
    const first = update();
    for (const { logProbs, referenceLogProbs } of seen[0]) expect(logProbs).toEqual(referenceLogProbs);
    expect(first.kl).toBe(0);
    expect(first.approxKl).toBe(0);
    expect(first.clipFraction).toBe(0);
    expect(engine.read(actor.weights[0])).not.toEqual(before);
    const second = update();
    expect(second.approxKl).toBe(0);
    expect(second.clipFraction).toBe(0);
    expect(second.kl).not.toBe(0);
  });

  test("what the sampler says of its tokens is what the trainer computes, at any temperature", async () => {
    for (const temperature of [1, 0.7, 1.6]) {
      const { seen, update } = await open({ temperature, learningRate: 1e-3 });
      update();
      update();
      for (const { logProbs, tokens } of seen[1]) expect(logProbs).toHaveLength(tokens.length);
      const { sampled } = await sampledAgain(temperature);
      for (const { given, computed } of sampled) expect(Math.abs(given - computed)).toBeLessThan(2e-5);
    }
  });
});

/** Log-probabilities as they were drawn, beside those of the pass that training uses. */
async function sampledAgain(temperature: number) {
  const { batchOfTokens, bySequence, feedTokens } = await import("../../src/language/sequences.ts");
  const { engine, actor } = await open();
  const prompts = Array.from({ length: 20 }, (_, i) => [i % 8, 1]);
  const slices = createTokenGenerator(engine, actor, 7).generate({ prompts, sampling: samplingOf({ temperature }), maxTokens: 9, stop: [endOfText], generators: prompts.map((_, i) => createGenerator(i)) }); // prettier-ignore
  let result = slices.next();
  while (!result.done) result = slices.next();
  const inputs = sequenceInputs();
  const { logProb } = likelihoodAt(temperature, actor, inputs);
  const program = engine.compile({ outputs: { logProb } }, { capacity: 400, longest: 12 });
  const sequences = result.value.map(({ tokens }, i) => [...prompts[i], ...tokens]);
  const batch = batchOfTokens(sequences, 12);
  feedTokens(program, inputs, batch);
  program.run(batch.layout);
  const rows = bySequence(batch.layout, program.read("logProb"));
  const sampled = result.value.flatMap(({ logProbs }, s) => logProbs.map((given, k) => ({ given, computed: rows[s][prompts[s].length - 1 + k] }))); // prettier-ignore
  return { sampled };
}

/** An episode with numbers given. */
const episode = (part: Partial<Episode>): Episode => ({
  prompt: [0],
  tokens: [1, 2, endOfText],
  ended: true,
  logProbs: [-1, -2, -0.5],
  referenceLogProbs: [-1.5, -1, -0.5],
  values: [0.3, 0.1, -0.2],
  entropies: [1, 1, 1],
  score: 2,
  ...part,
});
const plain = { normalizeAdvantages: false, lambda: 0.9 };

describe("rewards and advantages", () => {
  test("GAE by hand on three tokens: the score lands on the end of text, V is read before each token", () => {
    const beta = 0.2;
    const { advantages, returns } = estimate([episode({})], beta, optionsOf(plain));
    const r = [-beta * 0.5, -beta * -1, 0 + 2];
    const d2 = r[2] - -0.2; // nothing follows the end
    const d1 = r[1] + -0.2 - 0.1;
    const d0 = r[0] + 0.1 - 0.3;
    const expected = [d0 + 0.9 * (d1 + 0.9 * d2), d1 + 0.9 * d2, d2];
    expected.forEach((x, k) => expect(advantages[0][k]).toBeCloseTo(x, 12));
    expected.forEach((x, k) => expect(returns[0][k]).toBeCloseTo(x + [0.3, 0.1, -0.2][k], 12));
  });

  test("each episode ends with its own score: another one beside it changes nothing", () => {
    const other = episode({ tokens: [5, endOfText], logProbs: [-3, -1], referenceLogProbs: [-1, -1], values: [9, 9], score: -7 }); // prettier-ignore
    const alone = estimate([episode({})], 0.2, optionsOf(plain)).advantages[0];
    for (const episodes of [[episode({}), other], [other, episode({})]])
      expect([...estimate(episodes, 0.2, optionsOf(plain)).advantages[episodes.indexOf(other) === 0 ? 1 : 0]]).toEqual([...alone]); // prettier-ignore
  });

  test("a text that was cut off is penalized once: subtracted from its score, or instead of it", () => {
    const last = (more: Partial<RlhfOptions>, ended: boolean): number =>
      estimate([episode({ ended, values: [0, 0, 0] })], 0, optionsOf({ ...plain, ...more })).returns[0][2];
    expect(last({ missingEndPenalty: 5 }, true)).toBe(2);
    expect(last({ missingEndPenalty: 5 }, false)).toBe(-3);
    expect(last({ missingEndPenalty: 5, missingEnd: "replace" }, false)).toBe(-5);
    expect(last({ missingEndPenalty: 0 }, false)).toBe(2);
  });

  test("nothing is clipped unasked: the largest scores and log-ratios come through as they are", () => {
    const huge = episode({
      score: 1e300,
      logProbs: [-1e6, 0, -3],
      referenceLogProbs: [0, -1e9, -3],
      values: [0, 0, 0],
    });
    const of = (more: Partial<RlhfOptions>): number[] => [...estimate([huge], 0.5, optionsOf({ ...plain, lambda: 0, gamma: 0, ...more })).advantages[0]]; // prettier-ignore
    expect(of({})).toEqual([0.5e6, -0.5e9, 1e300]);
    expect(of({ scoreClip: 5 })).toEqual([0.5e6, -0.5e9, 5]);
    expect(measure([huge], optionsOf())).toMatchObject({ score: 1e300, kl: -1e6 + 1e9 });
  });

  test("a clip of scores counts its hits, and is told of none that it has not", () => {
    const episodes = [-7, -5, 0, 5, 5.5].map((score) => episode({ score, values: [0, 0, 0] }));
    const options = optionsOf({ ...plain, scoreClip: 5 });
    expect(measure(episodes, options).clippedScores).toBe(2 / 5);
    expect(measure(episodes, options).score).toBeCloseTo(-0.3, 12); // as the reward said
    expect(estimate(episodes, 0, options).returns.map((r) => r[2])).toEqual([-5, -5, 0, 5, 5]);
    expect(measure(episodes, optionsOf())).not.toHaveProperty("clippedScores");
  });

  test("a text that was cut off ends its episode as well", () => {
    const [cut, other] = [episode({ ended: false }), episode({ values: [9, 9, 9] })];
    const alone = estimate([cut], 0.2, optionsOf(plain));
    const beside = estimate([cut, other], 0.2, optionsOf(plain));
    expect([...beside.advantages[0]]).toEqual([...alone.advantages[0]]);
  });

  test("rewards are whitened without moving their mean, advantages with it", () => {
    const episodes = [episode({}), episode({ score: -1 }), episode({ score: 5 })];
    const zeroValues = episodes.map((e) => ({ ...e, values: [0, 0, 0] }));
    const at = (whitenRewards: boolean): number[] =>
      estimate(zeroValues, 0.3, optionsOf({ ...plain, lambda: 0, gamma: 0, whitenRewards })).advantages.flatMap((x) => [...x]); // prettier-ignore
    const [raw, white] = [at(false), at(true)];
    const meanOf = (x: number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
    const deviation = (x: number[]): number => Math.sqrt(x.reduce((s, v) => s + (v - meanOf(x)) ** 2, 0) / (x.length - 1)); // prettier-ignore
    expect(meanOf(white)).toBeCloseTo(meanOf(raw), 10);
    expect(deviation(white)).toBeCloseTo(1, 6);
    const normalized = estimate(episodes, 0.3, optionsOf({})).advantages.flatMap((x) => [...x]);
    expect(meanOf(normalized)).toBeCloseTo(0, 10);
    expect(deviation(normalized)).toBeCloseTo(1, 6);
  });

  test("metrics are over the tokens that were written, or over texts", () => {
    const episodes = [episode({}), episode({ tokens: [endOfText], logProbs: [-1], referenceLogProbs: [-4], values: [0], entropies: [4], score: 0, ended: false })]; // prettier-ignore
    const measured = measure(episodes, optionsOf());
    expect(measured.kl).toBeCloseTo((-3.5 + 3 + (-1 + 4)) / 2, 12);
    expect(measured.entropy).toBeCloseTo(7 / 4, 12);
    expect(measured).toMatchObject({ score: 1, length: 2, ended: 0.5 });
    expect(measured.klError).toBeCloseTo(3.5 / 2, 12); // of −0.5 and 3: their deviation 3.5/√2, over √2
    expect(measure(episodes.slice(1), optionsOf()).klError).toBe(0);
  });
});

describe("learning", () => {
  test("raises the reward, and a larger β holds the actor nearer to the reference", async () => {
    const outcomes: { score: number; kl: number }[] = [];
    for (const klCoefficient of [0, 0.3, 3]) {
      const { update } = await open({ klCoefficient, learningRate: 3e-3, episodes: 64 });
      let metrics: Record<string, number> = {};
      for (let i = 0; i < 30; i++) metrics = update();
      outcomes.push({ score: metrics.score, kl: metrics.kl });
    }
    expect(outcomes[0].score).toBeGreaterThan(3);
    expect(outcomes[0].kl).toBeGreaterThan(outcomes[1].kl);
    expect(outcomes[1].kl).toBeGreaterThan(outcomes[2].kl);
    expect(outcomes[2].kl).toBeLessThan(0.5);
  }, 60_000);

  test("on a bandit of one token it reaches π_ref · exp(r/β) / Z", async () => {
    const beta = 1;
    const rewards = [0, 0.5, 1, -1, 0.3, 0.2, -0.4, 0.9, 0.1];
    const { update, engine, actor, reference } = await open(
      { klCoefficient: beta, maxTokens: 1, episodes: 512, learningRate: 2e-3, learningRateSchedule: "linear", missingEndPenalty: 0, minibatches: 4, epochs: 4 },
      {
        // eslint-disable-next-line require-yield -- a reward that needs no time
        *reward(texts: readonly WrittenText[]) {
          return texts.map(({ tokens }) => rewards[tokens[0]]);
        },
        prompts: () => Array.from({ length: 512 }, () => [2]),
      },
    ); // prettier-ignore
    const distribution = (gpt: Gpt): number[] => {
      const inputs = sequenceInputs();
      const { logProb } = likelihoodAt(1, gpt, inputs);
      return Array.from({ length: 9 }, (_, token) => Math.exp(valueOf(engine, gpt, logProb, inputs, [2, token])));
    };
    const ref = distribution(reference);
    const weights = ref.map((p, i) => p * Math.exp(rewards[i] / beta));
    const z = weights.reduce((a, b) => a + b);
    for (let i = 0; i < 60; i++) update();
    const learned = distribution(actor);
    learned.forEach((p, i) => expect(Math.abs(p - weights[i] / z), `token ${i}`).toBeLessThan(0.03));
    expect(Math.max(...ref.map((p, i) => Math.abs(p - weights[i] / z)))).toBeGreaterThan(0.1);
  }, 60_000);
});

/** The gradient of an iteration of one minibatch, out of Adam's first moments before and after it. */
const momentsOf = ({ engine, learner }: Opened): Map<string, Float32Array> =>
  new Map(learner.variables.filter(({ name }) => name.includes("firstMoment")).map((v) => [v.name.replace(/^.*firstMoment\./, ""), engine.read(v)])); // prettier-ignore
type Opened = Awaited<ReturnType<typeof open>>;

describe.each(["own", "shared"] as const)("a critic of its %s", (critic) => {
  const options = { critic, valueCoefficient: 0.5, valueClip: 0.1, entropyCoefficient: 0.3, temperature: 0.7, klPenalty: "k2-in-loss", klCoefficient: 2, epochs: 1, minibatches: 1, maxTokens: 5, maxGradientNorm: 1e9, learningRate: 3e-3, criticLearningRate: 3e-3, episodes: 7 } as const; // prettier-ignore

  test("gradients are those of the losses in float64, of what was written behind each prompt", async () => {
    const opened = await open(options);
    opened.update();
    const before = momentsOf(opened);
    const { engine, actor, head, seen } = opened;
    const gpt = critic === "shared" ? actor : opened.critic;
    const variables = [...new Set([...actor.weights, ...gpt.weights, ...head.weights])];
    const weights = variables.map((v) => [v, engine.read(v).slice()] as const);
    opened.update();

    const inputs = sequenceInputs();
    const { inputs: columns, policyLoss, valueLoss, entropy, klLoss } = ppoLosses({ ...likelihoodAt(0.7, actor, inputs), value: head.score(gpt.hidden(inputs.token, inputs.position)) }, optionsOf(options)); // prettier-ignore
    const ofActor = add(sub(policyLoss, mul(entropy, 0.3)), mul(klLoss!, 2));
    const loss = critic === "shared" ? add(ofActor, mul(valueLoss, 0.5)) : add(ofActor, valueLoss);
    const episodes = seen[1];
    const { advantages, returns } = estimate(episodes, 2, optionsOf(options));
    const count = episodes.reduce((total, { tokens }) => total + tokens.length, 0);
    const rows = episodes.flatMap(({ prompt, tokens, logProbs, referenceLogProbs, values }, i) => {
      const all = [...prompt, ...tokens];
      return all.slice(1).map((next, k) => {
        const t = k + 1 - prompt.length; // the token that this row predicts
        return { token: all[k], position: k, next, weight: t < 0 ? 0 : 1 / count, oldLogProb: logProbs[t] ?? 0, referenceLogProb: referenceLogProbs[t] ?? 0, oldValue: values[t] ?? 0, advantage: advantages[i][t] ?? 0, target: returns[i][t] ?? 0 }; // prettier-ignore
      });
    });
    const feeds = new Map<Tensor, ArrayLike<number>>(weights);
    for (const [name, column] of Object.entries({ ...inputs, ...columns })) feeds.set(column, rows.map((row) => row[name as "token"])); // prettier-ignore
    const slopes = gradients(loss, variables);
    const { outputs } = runReference({ outputs: Object.fromEntries(variables.map((v, i) => [v.name, slopes[i]])) }, feeds, rows.length); // prettier-ignore
    const after = momentsOf(opened);
    for (const { name } of variables) {
      const found = after.get(name)!.map((m, k) => (m - Math.fround(0.9) * before.get(name)![k]) / 0.1);
      expect(relativeError(found, outputs[name], 1e-4), name).toBeLessThan(2e-3);
    }
    expect(after.size).toBe(variables.length);
  });
});

test("a critic on the actor's trunk learns what texts are worth, and the actor to write them", async () => {
  const options = { critic: "shared", klCoefficient: 0, learningRate: 3e-3, episodes: 64, missingEndPenalty: 0, lambda: 1 } as const; // prettier-ignore
  const { update } = await open(options, {
    // eslint-disable-next-line require-yield -- a reward that needs no time
    *reward(texts) {
      return texts.map(({ prompt, tokens }) => (prompt[0] < 4 ? 2 : -2) + (tokens.includes(3) ? 1 : 0));
    },
  });
  const all = Array.from({ length: 20 }, () => update());
  expect(all[19].score).toBeGreaterThan(all[0].score + 0.3);
  expect(all[0].explainedVariance).toBeLessThan(0.1);
  expect(all[19].explainedVariance).toBeGreaterThan(0.4);
  expect(all[0]).not.toHaveProperty("criticGradientNorm");
});

test("a penalty in the loss holds the actor near the reference", async () => {
  const kl = [];
  for (const klCoefficient of [0, 3]) {
    const { update } = await open({
      klPenalty: "weighted-k3-in-loss",
      klCoefficient,
      learningRate: 3e-3,
      episodes: 32,
    });
    for (let i = 0; i < 11; i++) update();
    kl.push(update().kl);
  }
  expect(kl[0]).toBeGreaterThan(1);
  expect(kl[1]).toBeLessThan(0.5);
});

describe.each(["corrected", "uncorrected"] as const)("Adam's ε beside the %s second moment", (adamEpsilonIn) => {
  test("steps are those of the paper's section, by hand", async () => {
    const [rate, epsilon] = [1e-3, 3e-3];
    const opened = await open({ adamEpsilon: epsilon, adamEpsilonIn, learningRate: rate, epochs: 1, minibatches: 1 });
    const { engine, learner, update } = opened;
    const weight = learner.weights.find(({ name }) => name.endsWith("wte.weight"))!;
    const moment = (which: string): Float32Array => engine.read(learner.variables.find(({ name }) => name === `actor.${which}.${weight.name}`)!); // prettier-ignore
    for (const t of [1, 2]) {
      const before = engine.read(weight).slice();
      update();
      const [after, m, v] = [engine.read(weight), moment("firstMoment"), moment("secondMoment")];
      const [ofFirst, ofSecond] = [1 - 0.9 ** t, 1 - 0.999 ** t];
      const expected = Array.from(m, (x, k) =>
        adamEpsilonIn === "corrected"
          ? (rate * (x / ofFirst)) / (Math.sqrt(v[k] / ofSecond) + epsilon)
          : (((rate * Math.sqrt(ofSecond)) / ofFirst) * x) / (Math.sqrt(v[k]) + epsilon),
      );
      expect(relativeError(before.map((x, k) => x - after[k]), expected)).toBeLessThan(1e-3); // prettier-ignore
    }
  });
});

describe("texts that were cut off and are left out", () => {
  const options = { missingEnd: "leave-out", missingEndPenalty: 50, maxTokens: 4, epochs: 1, minibatches: 1, learningRate: 1e-30, criticLearningRate: 1e-30 } as const; // prettier-ignore

  test("are in no loss, neither above nor below the line, and in the statistics of length", async () => {
    const { update, seen } = await open(options);
    const metrics = update();
    const ended = seen[0].filter((e) => e.ended);
    expect(ended.length).toBeGreaterThan(1);
    expect(ended.length).toBeLessThan(15);
    const { returns } = estimate(ended, 0.1, optionsOf(options));
    const squares = ended.flatMap(({ values }, i) => values.map((v, k) => (v - returns[i][k]) ** 2));
    expect(metrics.valueLoss).toBeCloseTo(squares.reduce((a, b) => a + b) / squares.length / 2, 5);
    const total = seen[0].reduce((n, { tokens }) => n + tokens.length, 0);
    expect(metrics).toMatchObject({ length: total / 16, ended: ended.length / 16 });
    expect(metrics.score).toBeCloseTo(seen[0].reduce((n, { score }) => n + score, 0) / 16, 12);
  });

  test("all of them: nothing is learned, and that is told", async () => {
    const { update, learner, engine, seen } = await open({ ...options, learningRate: 1e-2, criticLearningRate: 1e-2 }, { endOfText: 99 }); // prettier-ignore
    const variables = [...learner.weights, ...learner.variables];
    const before = variables.map((v) => engine.read(v).slice());
    const metrics = update();
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    expect(seen[0]).toHaveLength(16);
    expect(metrics).toMatchObject({ ended: 0, length: 4, policyLoss: 0, gradientNorm: 0, explainedVariance: 0 });
    expect(learner.warnings!(metrics)).toEqual([expect.stringContaining("nothing was learned")]);
    const unless = (name: string): boolean => !name.startsWith("diagnostics");
    variables.forEach((v, i) => unless(v.name) && expect(engine.read(v), v.name).toEqual(before[i]));
  });
});

test("no token is in a text that was not drawn: what the reward, the models and the losses see is the sampler's", async () => {
  const rewarded: number[][] = [];
  // eslint-disable-next-line require-yield -- a reward that needs no time
  const reward = function* (texts: readonly WrittenText[]): Generator<never, number[]> {
    rewarded.push(...texts.map(({ tokens }) => [...tokens]));
    return texts.map(() => 0);
  };
  const { engine, actor, seen, update } = await open({ maxTokens: 5, learningRate: 1e-30 }, { reward });
  const prompts = Array.from({ length: 16 }, (_, k) => [k % 8, ...(k % 3 === 0 ? [1, 2] : [])]);
  const told = prompts.map(() => [] as number[]);
  const slices = createTokenGenerator(engine, actor, 16).generate({ prompts, sampling: samplingOf({}), maxTokens: 5, stop: [endOfText], generators: createStreams(5)("actions").spawn(16).map((s) => createGenerator(s)), onToken: (i, token) => told[i].push(token) }); // prettier-ignore
  while (!slices.next().done);
  update();
  expect(rewarded).toEqual(told);
  expect(seen[0].map(({ tokens }) => tokens)).toEqual(told);
  for (const { tokens, ended, logProbs, values, entropies, referenceLogProbs } of seen[0]) {
    expect(tokens.indexOf(endOfText)).toBe(ended ? tokens.length - 1 : -1);
    if (!ended) expect(tokens).toHaveLength(5);
    for (const of of [logProbs, values, entropies, referenceLogProbs]) expect(of).toHaveLength(tokens.length);
  }
  expect(new Set(seen[0].map(({ ended }) => ended)).size).toBe(2);
});

describe("an iteration", () => {
  const untrained = { learningRate: 1e-30, criticLearningRate: 1e-30 };
  const halfSquare = (episodes: readonly Episode[], options: Partial<RlhfOptions>): number => {
    const { returns } = estimate(episodes, optionsOf(options).klCoefficient, optionsOf(options));
    const squares = episodes.flatMap(({ values }, i) =>
      values.map((v, k) => (v - returns[i][k]) * (v - returns[i][k])),
    );
    return squares.reduce((a, b) => a + b, 0) / squares.length / 2;
  };

  test("losses are means over the tokens that were written, and all texts are learned from", async () => {
    const all = { ...untrained, epochs: 1, minibatches: 1, whitenRewards: true };
    const one = await open(all);
    expect(one.update().valueLoss).toBeCloseTo(halfSquare(one.seen[0], all), 5);
    const each = { ...untrained, epochs: 1, minibatches: 4, maxTokens: 1 }; // minibatches of as many tokens
    const four = await open(each);
    expect(four.update().valueLoss).toBeCloseTo(halfSquare(four.seen[0], each), 5);
  });

  test("fewer texts than minibatches are a minibatch each", async () => {
    const { update, seen } = await open({ episodes: 3, minibatches: 8 });
    expect(Object.values(update()).every(Number.isFinite)).toBe(true);
    expect(seen[0]).toHaveLength(3);
  });

  test("tokens are drawn at the temperature that they are scored at", async () => {
    for (const temperature of [0.3, 1, 3]) {
      const { update, seen } = await open({ ...untrained, temperature, episodes: 300 });
      update();
      const total = (of: "logProbs" | "entropies"): number => seen[0].flatMap((e) => e[of]).reduce((a, b) => a + b, 0);
      expect(-total("logProbs") / total("entropies"), `temperature ${temperature}`).toBeCloseTo(1, 1);
    }
  });

  test("more texts than are looked at together; each is its own, and other tokens are drawn in the next iteration", async () => {
    const same = { prompts: () => Array.from({ length: 500 }, () => [1]) };
    const { update, seen, engine, actor } = await open({ ...untrained, episodes: 500, missingEndPenalty: 0, epochs: 1 }, same); // prettier-ignore
    update();
    update();
    expect(seen[0].reduce((total, { tokens }) => total + tokens.length, 0)).toBeGreaterThan(2500);
    expect(new Set(seen[0].map(({ tokens }) => tokens.join())).size).toBeGreaterThan(300);
    const [first, second] = seen.map((episodes) => episodes.map(({ tokens }) => tokens));
    expect(second.filter((tokens, i) => tokens.join() === first[i].join()).length).toBeLessThan(50);
    const inputs = sequenceInputs();
    const { logProb } = likelihoodAt(1, actor, inputs);
    for (const i of [0, 137, 499]) {
      const { tokens, logProbs } = seen[0][i];
      tokens.forEach((_, k) => expect(valueOf(engine, actor, logProb, inputs, [1, ...tokens.slice(0, k + 1)])).toBeCloseTo(logProbs[k], 4)); // prettier-ignore
    }
  });

  test("an adaptive β follows its target, by Ziegler et al.'s rule", async () => {
    const { update } = await open({ klControl: "adaptive", klCoefficient: 0.2, klTarget: 0.01, klHorizon: 100, learningRate: 1e-2, episodes: 16 }); // prettier-ignore
    let expected = 0.2;
    const errors: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { klCoefficient, kl } = update();
      expect(klCoefficient).toBeCloseTo(expected, 12);
      errors.push(kl / 0.01 - 1);
      expected *= 1 + (Math.max(-0.2, Math.min(0.2, errors[i])) * 16) / 100;
    }
    expect(errors[0]).toBe(-1);
    expect(Math.max(...errors)).toBeGreaterThan(0.2);
  });

  test("an entropy bonus raises the entropy", async () => {
    const more = { klCoefficient: 0, entropyCoefficient: 0.5, missingEndPenalty: 0, learningRate: 3e-3, normalizeAdvantages: false }; // prettier-ignore
    // eslint-disable-next-line require-yield -- a reward that needs no time
    const { update } = await open(more, { *reward(texts) { return texts.map(() => 0); } }); // prettier-ignore
    const first = update().entropy;
    for (let i = 0; i < 10; i++) update();
    expect(update().entropy).toBeGreaterThan(first + 0.1);
  });

  test("a linear schedule ends at 0, for actor and critic", async () => {
    const { update, engine, learner } = await open({ learningRateSchedule: "linear" });
    update(0.5);
    const trained = [
      ...learner.weights,
      ...learner.variables.filter(({ name }) => /^critic\.(wte|wpe|h\.|ln_f|score)/.test(name)),
    ];
    const before = trained.map((v) => engine.read(v).slice());
    expect(update(0).learningRate).toBe(0);
    expect(trained.map((v) => engine.read(v))).toEqual(before);
  });

  test("goes on from a checkpoint with the same bits", async () => {
    const options = { klControl: "adaptive", klHorizon: 100, learningRate: 3e-3, whitenRewards: true } as const;
    const [whole, resumed] = [await open(options), await open(options, {}, 5)];
    whole.update();
    whole.update();
    const { learner, engine } = whole;
    const variables = [...learner.weights, ...learner.variables];
    const saved = variables.map((v) => engine.read(v).slice());
    const states = JSON.parse(JSON.stringify(Object.entries(learner.states).map(([name, state]) => [name, state.getState()]))) as [string, unknown][]; // prettier-ignore
    expect(learner.progress.steps).toBe(32);
    const next = [whole.update(), whole.update()];

    const others = [...resumed.learner.weights, ...resumed.learner.variables];
    expect(others.map(({ name }) => name)).toEqual(variables.map(({ name }) => name));
    others.forEach((v, i) => resumed.engine.write(v, saved[i]));
    for (const [name, state] of states) resumed.learner.states[name].setState(state);
    expect([resumed.update(), resumed.update()]).toEqual(next);
    expect(resumed.seen).toEqual(whole.seen.slice(2));
    expect(others.map((v) => resumed.engine.read(v))).toEqual(variables.map((v) => engine.read(v)));
  });
});

test("another β than the checkpoint's holds from there on; an adapted one goes on", async () => {
  const betaAfter = async (klCoefficient: number, klControl: "fixed" | "adaptive", state: unknown): Promise<number> => {
    const { learner, update } = await open({ klCoefficient, klControl });
    learner.states.progress.setState(state);
    return update().klCoefficient;
  };
  const { learner, update } = await open({ klCoefficient: 0.1, klControl: "adaptive", klHorizon: 50 });
  update();
  const state = structuredClone(learner.states.progress.getState());
  const adapted = update().klCoefficient;
  expect(adapted).not.toBe(0.1);
  expect(await betaAfter(0.1, "adaptive", state)).toBe(adapted);
  expect(await betaAfter(0.3, "adaptive", state)).toBe(0.3);
  expect(await betaAfter(0.3, "fixed", state)).toBe(0.3);
});

/** log π of the last token of a sequence in float64, by the reference backend. */
function valueOf(
  engine: Engine,
  gpt: Gpt,
  logProb: Tensor,
  inputs: ReturnType<typeof sequenceInputs>,
  sequence: number[],
): number {
  // prettier-ignore
  const rows = sequence.length - 1;
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [inputs.token, sequence.slice(0, -1)],
    [inputs.position, Array.from({ length: rows }, (_, k) => k)],
    [inputs.next, sequence.slice(1)],
    ...gpt.weights.map((v) => [v, engine.read(v)] as const),
  ]);
  return runReference({ outputs: { logProb } }, feeds, rows).outputs.logProb[rows - 1];
}

describe("rewards that are wrong are told", () => {
  const withReward = (scores: (n: number) => unknown) =>
    open({}, { *reward(texts) { return (yield scores(texts.length)) as number[]; } }); // prettier-ignore
  test("NaN, a missing number, too few", async () => {
    await expect(withReward((n) => Array<number>(n).fill(NaN)).then(({ update }) => update())).rejects.toThrow("the reward of text 1 of 16 is NaN, but must be a finite number"); // prettier-ignore
    await expect(withReward((n) => [...Array<number>(n - 1).fill(0), undefined]).then(({ update }) => update())).rejects.toThrow("the reward of text 16 of 16 is undefined"); // prettier-ignore
    await expect(withReward(() => [1, 2]).then(({ update }) => update())).rejects.toThrow("the reward gave 2 numbers for 16 texts"); // prettier-ignore
  });
});
