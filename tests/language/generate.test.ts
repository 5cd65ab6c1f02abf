// Generation: the bits of the uncached forward pass, whatever is generated beside it; sampling; ends; interruption.

import { describe, expect, test } from "vitest";
import { createGpt, initialWeights, logitsOf } from "../../src/language/gpt.ts";
import { createTokenGenerator, type Generated, type GenerateRequest } from "../../src/language/generate.ts";
import { createTokenSampler, samplingOf } from "../../src/language/sampling.ts";
import { batchOfTokens, feedTokens, sequenceInputs } from "../../src/language/sequences.ts";
import { exp, log } from "../../src/math/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { createEngine } from "../../src/tensor/index.ts";
import { engines } from "../tensor/backends.ts";
import { createRandom } from "../tensor/compare.ts";

const config = { vocabularySize: 37, context: 24, width: 16, layers: 2, heads: 2, epsilon: 1e-5 };
const gpt = createGpt(config);
for (const { engine } of engines)
  for (const [v, values] of initialWeights(gpt, createGenerator(3)))
    engine.write(v, v.name.endsWith("weight") ? values.map((x) => 8 * x) : values); // far from uniform

const random = createRandom(4);
const prompts = Array.from({ length: 17 }, (_, i) =>
  Array.from({ length: 1 + ((i * 7) % 23) }, () => Math.floor(random() * config.vocabularySize)),
);
const request = (more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompts,
  sampling: samplingOf({}),
  maxTokens: 100,
  stop: [5],
  generators: new SeedSequence(8).spawn((more.prompts ?? prompts).length).map((seed) => createGenerator(seed)),
  ...more,
});

function toEnd<T>(slices: Generator<void, T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

describe.each(engines)("$name", ({ engine }) => {
  const inputs = sequenceInputs();
  const whole = engine.compile(
    { outputs: { logits: logitsOf(gpt, gpt.hidden(inputs.token, inputs.position)) } },
    { capacity: 24, longest: 24 },
  );
  const uncached = ({ prompts, sampling, maxTokens, stop, generators }: GenerateRequest): Generated[] =>
    prompts.map((prompt, i) => {
      const sampler = createTokenSampler(config.vocabularySize, sampling);
      const [tokens, logProbs]: [number[], number[]] = [[], []];
      for (;;) {
        const batch = batchOfTokens([[...prompt, ...tokens, 0]], 24);
        feedTokens(whole, inputs, batch);
        whole.run(batch.layout);
        const { token, logProb } = sampler.draw(whole.read("logits"), (batch.layout.rows - 1) * config.vocabularySize, generators[i].random()); // prettier-ignore
        tokens.push(token);
        logProbs.push(logProb);
        const ended = stop.includes(token);
        if (ended || tokens.length === maxTokens || prompt.length + tokens.length === config.context)
          return { tokens, logProbs, ended };
      }
    });

  test.each([1, 2, 5, 40])("has the bits of the uncached pass, %i sequences at a time", (sequences) => {
    const generator = createTokenGenerator(engine, gpt, sequences);
    for (const options of [{}, { temperature: 0.5, topK: 9 }, { topP: 0.7 }])
      for (const more of [{}, { maxTokens: 3 }, { stop: [] }]) {
        const sampling = samplingOf(options);
        const result = toEnd(generator.generate(request({ sampling, ...more })));
        expect(result).toEqual(uncached(request({ sampling, ...more })));
      }
  });

  test("fills the context, and not more", () => {
    const generator = createTokenGenerator(engine, gpt, 4);
    const result = toEnd(generator.generate(request({ stop: [] })));
    result.forEach(({ tokens }, i) => expect(tokens.length + prompts[i].length).toBe(config.context));
  });

  test("interrupted, it is none the worse", () => {
    const generator = createTokenGenerator(engine, gpt, 3);
    const expected = toEnd(generator.generate(request()));
    let count = 0;
    expect(
      () =>
      toEnd(generator.generate(request({ onToken: () => { if (++count === 20) throw new Error("enough"); } }))), // prettier-ignore
    ).toThrow("enough");
    expect(toEnd(generator.generate(request()))).toEqual(expected);
  });

  test("returned early, in the middle of texts, it tells no more, and the next generation is none the worse", () => {
    const generator = createTokenGenerator(engine, gpt, 3);
    const expected = toEnd(generator.generate(request()));
    const told: number[] = [];
    const onToken = (prompt: number): void => {
      if (told.push(prompt) === 1) for (const now = performance.now(); performance.now() - now < 11;); // a pause is due
    };
    const slices = generator.generate(request({ onToken }));
    while (told.length === 0) expect(slices.next().done).toBe(false);
    const before = told.length;
    expect(before).toBeLessThan(expected.flatMap(({ tokens }) => tokens).length);
    slices.return([]);
    expect(slices.next().done).toBe(true);
    expect(told).toHaveLength(before);
    expect(toEnd(generator.generate(request()))).toEqual(expected);
  });
});

test("tokens are told as they are drawn, in each sequence's order", () => {
  const generator = createTokenGenerator(engines[0].engine, gpt, 6);
  const told: number[][] = prompts.map(() => []);
  const result = toEnd(generator.generate(request({ onToken: (i, token) => told[i].push(token) })));
  expect(told).toEqual(result.map(({ tokens }) => tokens));
});

test("the same on two engines of one seed, another one of another seed", async () => {
  const engine = await createEngine();
  for (const v of gpt.weights) engine.write(v, engines[0].engine.read(v));
  const one = toEnd(createTokenGenerator(engines[0].engine, gpt, 8).generate(request()));
  expect(toEnd(createTokenGenerator(engine, gpt, 3).generate(request()))).toEqual(one);
  const generators = prompts.map((_, i) => createGenerator(i));
  expect(toEnd(createTokenGenerator(engine, gpt, 3).generate(request({ generators })))).not.toEqual(one);
});

describe("sampling", () => {
  const logits = [1, 3, 2, 3, -4, -Infinity];
  const probabilities = (() => {
    const weights = logits.map(Math.exp);
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / sum);
  })();
  const frequencies = (options: Parameters<typeof samplingOf>[0], draws = 40_000): number[] => {
    const sampler = createTokenSampler(6, samplingOf(options));
    const generator = createGenerator(5);
    const counts = logits.map(() => 0);
    for (let i = 0; i < draws; i++) counts[sampler.draw(logits, 0, generator.random()).token]++;
    return counts.map((n) => n / draws);
  };
  const close = (actual: number[], expected: number[]): void =>
    actual.forEach((p, i) => expect(Math.abs(p - expected[i]), `token ${i}`).toBeLessThan(0.01));

  test("follows the softmax", () => close(frequencies({}), probabilities));
  test("temperature divides the logits", () => {
    const weights = logits.map((x) => Math.exp(x / 2));
    const sum = weights.reduce((a, b) => a + b);
    close(frequencies({ temperature: 2 }), weights.map((w) => w / sum)); // prettier-ignore
  });
  test("temperature 0 takes the first of the likeliest", () => {
    expect(frequencies({ temperature: 0 }, 10)).toEqual([0, 1, 0, 0, 0, 0]);
  });
  test("top-k keeps the likeliest, of equals the first", () => {
    expect(frequencies({ topK: 1 }, 100)).toEqual([0, 1, 0, 0, 0, 0]);
    close(frequencies({ topK: 2 }), [0, 0.5, 0, 0.5, 0, 0]);
    close(frequencies({ topK: 100 }), probabilities);
  });
  test("top-p keeps the fewest that add up to it", () => {
    expect(frequencies({ topP: 1e-9 }, 100)).toEqual([0, 1, 0, 0, 0, 0]);
    close(frequencies({ topP: 2 * probabilities[1] - 1e-6 }), [0, 0.5, 0, 0.5, 0, 0]);
    const three = probabilities[1] + probabilities[2] + probabilities[3];
    close(frequencies({ topP: 2 * probabilities[1] + 1e-6 }), [0, 1, 2, 3, 4, 5].map((i) => (i > 0 && i < 4 ? probabilities[i] / three : 0))); // prettier-ignore
  });
  test("both: top-p of what top-k leaves", () => close(frequencies({ topK: 3, topP: 0.5 }), [0, 0.5, 0, 0.5, 0, 0]));
  test("top-k and top-p of large vocabularies are those of a sort, to the bit", () => {
    const size = 700;
    for (const [shape, spread] of [
      ["uniform", 3],
      ["uniform", 0.01],
      ["ties", 3],
    ] as const) {
      const many = Array.from({ length: size }, () =>
        shape === "ties" ? Math.floor(4 * random()) : spread * random(),
      );
      if (shape === "ties") many.fill(-Infinity, 300);
      const top = Math.max(...many);
      const weights = many.map((x) => exp(x - top));
      const order = weights.map((_, i) => i).sort((a, b) => weights[b] - weights[a] || a - b);
      const sumOf = (tokens: number[]): number => tokens.reduce((sum, i) => sum + weights[i], 0);
      for (const { topK, topP } of [
        { topK: 1, topP: 1 },
        { topK: 5, topP: 0.5 },
        { topK: 400, topP: 1 },
        { topK: 0, topP: 0.05 },
        { topK: 0, topP: 0.9 },
        { topK: 0, topP: 1 - 1e-9 },
      ]) {
        const among = topK > 0 ? order.slice(0, topK) : order;
        const of = topK > 0 ? sumOf(among) : weights.reduce((a, b) => a + b);
        const count = among.findIndex((_, k) => sumOf(among.slice(0, k + 1)) >= topP * of) + 1 || among.length;
        const kept = among.slice(0, topP < 1 ? count : among.length);
        const sampler = createTokenSampler(size, samplingOf({ topK, topP }));
        for (const u of [0, 0.3, 0.7, 0.999]) {
          let left = u * sumOf(kept);
          const token = kept.find((i) => (left -= weights[i]) < 0)!;
          const logProb = log(weights[token] / sumOf(kept));
          expect(sampler.draw(many, 0, u), `${shape}, top-k ${topK}, top-p ${topP}`).toEqual({ token, logProb });
        }
      }
    }
  });
  test("log-probabilities are of what could be drawn", () => {
    for (const options of [{}, { topK: 3 }, { topP: 0.8 }, { temperature: 0.7, topK: 4 }]) {
      const sampler = createTokenSampler(6, samplingOf(options));
      const seen = new Map<number, number>();
      for (let u = 0; u < 1; u += 0.0005) {
        const { token, logProb } = sampler.draw(logits, 0, u);
        seen.set(token, logProb);
      }
      const sum = [...seen.values()].reduce((total, logProb) => total + Math.exp(logProb), 0);
      expect(sum).toBeCloseTo(1, 2); // the token of −4 may not have been seen
    }
    expect(createTokenSampler(6, samplingOf({ temperature: 0 })).draw(logits, 0, 0.5).logProb).toBe(0);
  });
  test("a model that gives no numbers is told, rather than its first token taken", () => {
    const broken = [1, NaN, 2];
    const nothing = [NaN, NaN, NaN];
    for (const options of [{}, { temperature: 0 }, { topK: 2 }, { topP: 0.5 }]) {
      const sampler = createTokenSampler(3, samplingOf(options));
      expect(() => sampler.draw(nothing, 0, 0.5)).toThrow("the model's logits are not finite numbers");
      expect(() => sampler.draw([-Infinity, -Infinity, -Infinity], 0, 0.5)).toThrow("not finite");
      expect(() => sampler.draw([0, Infinity, 0], 0, 0.5)).toThrow("not finite");
      if (options.temperature !== 0) expect(() => sampler.draw(broken, 0, 0.5)).toThrow("not finite");
    }
  });
  test("never draws what has no probability, at either end", () => {
    for (const u of [0, 1 - 2 ** -53])
      expect(createTokenSampler(6, samplingOf({})).draw(logits, 0, u).token).not.toBe(5);
    expect(createTokenSampler(3, samplingOf({})).draw([-Infinity, 1, -Infinity], 0, 0).token).toBe(1);
  });
  test("wrong options are named", () => {
    expect(() => samplingOf({ temperature: -1 })).toThrow(
      'option "temperature" must be a number of at least 0, not -1',
    );
    expect(() => samplingOf({ topK: 1.5 })).toThrow('option "topK"');
    expect(() => samplingOf({ topP: 0 })).toThrow('option "topP" must be above 0 and at most 1, not 0');
    expect(() => samplingOf({ topP: NaN })).toThrow('option "topP"');
  });
});

test("prompts that cannot be continued are refused", () => {
  const generator = createTokenGenerator(engines[0].engine, gpt, 2);
  const of =
    (...prompts: number[][]) =>
    () =>
      toEnd(generator.generate(request({ prompts })));
  expect(of([1], [])).toThrow("prompt 2 has no tokens");
  expect(of(Array<number>(24).fill(1))).toThrow(
    "prompt 1 has 24 tokens, and the model sees 24 at once: shorten it to at most 23",
  );
  expect(of([1, 37])).toThrow("prompt 1 holds the token 37, and the model's are 0 to 36");
});
