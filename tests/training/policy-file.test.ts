// Policy files as bytes from anywhere: what fits is loaded, all else is refused before anything is made of it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { mlp, type Networks } from "../../src/nn/index.ts";
import {
  createTraining,
  decodeSafetensors,
  encodeSafetensors,
  loadPolicy,
  storedTensor,
  train,
  type Bytes,
  type StoredTensor,
} from "../../src/training/index.ts";
import { parseStrictJson } from "../../src/strict-json.ts";

/** What this file needs of the script. */
interface Fuzzer {
  policyFiles(library: object): Promise<Uint8Array[]>;
  fuzz(
    library: object,
    files: Uint8Array[],
    options: { cases: number; seed: number },
  ): Promise<{ outcomes: Record<string, number>; offender?: { outcome: string }; slowest: number }>;
}
const script: string = new URL("../../scripts/fuzz-policy-files.mjs", import.meta.url).href;
const { policyFiles, fuzz } = (await import(script)) as Fuzzer;

let files: Uint8Array[];
/** A policy for CartPole with a normalizer, and one for Pendulum: a Box of actions. */
let cartPole: Uint8Array;
let pendulum: Uint8Array;
beforeAll(async () => {
  files = await policyFiles({ createTraining });
  [cartPole, pendulum] = files;
});

interface Description {
  [key: string]: unknown;
  networks: Record<string, unknown>;
  normalizer: Record<string, unknown>;
}

/** The file with another description, or other tensors. */
function changed(
  file: Uint8Array,
  change: (description: Description, tensors: Map<string, StoredTensor>) => unknown,
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(file.slice());
  const description = JSON.parse(metadata.polgrad) as Description;
  const { json = JSON.stringify(description) } = (change(description, tensors) ?? {}) as { json?: string };
  return encodeSafetensors(tensors, { polgrad: json });
}

test("damaged files are refused with an InputError, or load finite weights, within a second", async () => {
  const cases = Number(process.env.POLGRAD_CASES ?? 5000);
  const { outcomes, offender, slowest } = await fuzz({ loadPolicy, InputError }, files, { cases, seed: 1 });
  expect(offender?.outcome).toBeUndefined();
  expect(slowest).toBeLessThan(1000);
  expect(outcomes.loaded, "some damage goes unnoticed: a bit of a weight").toBeGreaterThan(cases / 100);
  expect(outcomes.refused).toBeGreaterThan(cases / 2);
});

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("refused before anything is made", () => {
  type Case = [what: string, change: Parameters<typeof changed>[1], message: RegExp];
  const cases: Case[] = [
    ["layers larger than the weights", (d) => (d.networks.hidden = [30_000, 30_000]), /F32 \[4, 4\].*needs F32 \[4, 30000\]/], // prettier-ignore
    ["layers without weights", (d) => (d.networks.hidden = Array(700).fill(4)), /700 hidden layers, and has \d+ tensors/], // prettier-ignore
    ["no layers", (d) => (d.networks.hidden = []), /the network needs/],
    ["a space of a billion", (d) => (d.actionSpace = { kind: "discrete", n: 1e9, start: 0 }), /more than 16777216 numbers/], // prettier-ignore
    ["a space with another number of actions", (d) => (d.actionSpace = { kind: "discrete", n: 3, start: 0 }), /needs F32 \[3, 3\]/], // prettier-ignore
    ["a Box whose shape overflows", (d) => (d.observationSpace = { kind: "box", shape: [1e9, 1e9, 1e9], low: [0], high: [1] }), /observation space of a.safetensors: Box: 1e\+27 components are more/], // prettier-ignore
    ["a space of no kind", (d) => (d.observationSpace = { kind: "__proto__" }), /"observationSpace.kind" is missing, unknown/], // prettier-ignore
    ["an unknown member", (d) => (d.networks.hiden = [4]), /"networks.hiden" is missing, unknown/],
    ["no normalizer, but not null", (d) => delete (d as Partial<Description>).normalizer, /"normalizer" is missing/], // prettier-ignore
    ["a normalizer that is too short", (d) => (d.normalizer.mean = [0]), /normalizer's mean has 1 components, and Box\(.* has 4/], // prettier-ignore
    ["a normalizer that is too long", (d) => (d.normalizer.variance = [1, 1, 1, 1, 1]), /normalizer's variance has 5/],
    [
      "a negative variance",
      (d) => (d.normalizer.variance = [1, 1, -1, 1]),
      /"normalizer.variance.2" is .* not a value/,
    ],
    ["a mean that is no number", (d) => (d.normalizer.mean = [0, 0, null, 0]), /"normalizer.mean.2" is .* not a value/],
    ["a mean that is text", (d) => (d.normalizer.mean = ["0", 0, 0, 0]), /"normalizer.mean.0" is .* not a value/],
    ["a normalizer without a count", (d) => delete d.normalizer.count, /"normalizer.count" is .* not a value/],
    ["half of a range", (d) => delete d.normalizer.high, /one end of a range alone/],
    ["an empty range", (d) => (d.normalizer.low = [0, 9e9, 0, 0]), /component 1 of its normalizer has an empty range/],
    ["masks for a Box", (d) => Object.assign(d, { masked: true, actionSpace: { kind: "box", shape: [1], low: [0], high: [1] } }), /action masks are for Discrete/], // prettier-ignore
    ["infinity in JSON", (d) => ({ json: JSON.stringify(d).replace(/"count":[^,]+/, '"count":1e999') }), /"normalizer.count" is .* not a value/], // prettier-ignore
    ["a member twice", (d) => ({ json: JSON.stringify(d).replace('"strict":', '"strict":true,"strict":') }), /two members of the same name/], // prettier-ignore
    ["100,000 levels", (d) => ({ json: JSON.stringify(d).replace(/"hidden":\[[^\]]*\]/, `"hidden":${deep(1e5)}`) }), /"networks.hidden.0" is .* not a value/], // prettier-ignore
    ["100,000 levels for a whole", () => ({ json: deep(1e5) }), /not a policy that polgrad saved/],
    ["another format", (d) => (d.format = "polgrad-policies-1"), /its format is not "polgrad-policy-1"/],
    ["a weight missing", (_, tensors) => tensors.delete("critic.output.bias"), /no tensor "critic.output.bias"/],
    ["a foreign tensor", (_, tensors) => tensors.set("more", storedTensor(new Float32Array(1))), /a tensor "more", which its networks do not have/], // prettier-ignore
    ["a weight of float64", (_, tensors) => tensors.set("actor.0.bias", storedTensor(new Float64Array(4))), /is F64 \[4\], and the network needs F32 \[4\]/], // prettier-ignore
    [
      "NaN",
      (_, tensors) => (tensors.get("actor.0.weight")!.data[5] = NaN),
      /number 5 of tensor "actor.0.weight" is NaN/,
    ],
    ["infinity", (_, tensors) => (tensors.get("critic.output.bias")!.data[0] = -Infinity), /"critic.output.bias" is -Infinity/], // prettier-ignore
  ];
  test.each(cases)("%s", async (_, change, message) => {
    const loading = loadPolicy(changed(cartPole, change), { name: "a.safetensors" });
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/^(the \w+ space of )?a.safetensors/);
  });

  test("log σ at the start that is no number, and a kind of Gaussian that there is not", async () => {
    for (const gaussian of [{ initialLogStd: "0" }, { kind: "round" }, { logStd: 1 }])
      await expect(loadPolicy(changed(pendulum, (d) => Object.assign(d, { gaussian })))).rejects.toThrow(/"gaussian\./);
  });
});

test("custom networks load as they did; what the file says of its spaces stays bounded", async () => {
  const networks = mlp({ hidden: [4, 3] });
  const file = changed(cartPole, (d) => (d.networks = "custom" as never));
  const observation = [0.01, 0.02, 0.03, 0.04];
  const policy = await loadPolicy(file, { networks });
  expect(policy.probabilities(observation)).toEqual((await loadPolicy(cartPole)).probabilities(observation));
  await expect(loadPolicy(file)).rejects.toThrow("has custom networks: pass the function");
  await expect(loadPolicy(file, { networks: {} as never })).rejects.toThrow('"networks" must be a function');
  await expect(loadPolicy(file, { networks: mlp({ hidden: [4] }) })).rejects.toThrow("the network needs");
  await expect(loadPolicy(file, { networks: () => ({ actor: [1], critic: [2] }) as never })).rejects.toThrow(
    "parameters must be { variable, initialize }, as dense makes them, not 1",
  );
  const anySize = (): Networks => networks({ observations: 4, outputs: 2 });
  const vast = changed(file, (d) => (d.observationSpace = { kind: "multiBinary", n: 1e9 }));
  await expect(loadPolicy(vast, { networks: anySize })).rejects.toThrow("more than 16777216 numbers");
});

describe("bytes in other vessels", () => {
  const act = async (bytes: Bytes): Promise<unknown> =>
    (await loadPolicy(bytes)).probabilities([0.01, 0.02, 0.03, 0.04]);

  test("a Buffer, an ArrayBuffer, views with an odd offset, and shared memory", async () => {
    const expected = await act(cartPole);
    const shared = new Uint8Array(new SharedArrayBuffer(cartPole.length));
    shared.set(cartPole);
    const odd = new Uint8Array(cartPole.length + 9).subarray(3, 3 + cartPole.length);
    odd.set(cartPole);
    const whole = cartPole.slice().buffer;
    for (const bytes of [Buffer.from(cartPole), whole, new DataView(whole), odd, shared, shared.buffer])
      expect(await act(bytes)).toEqual(expected);
  });

  const transferred = new ArrayBuffer(8);
  structuredClone(transferred, { transfer: [transferred] });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const others: [unknown, RegExp][] = [
    ["policy.safetensors", /^the (policy|checkpoint) is a string, but must be bytes, .* such as readFileSync\(path\)/],
    [3, /is a number, but must be bytes/],
    [null, /is null, but must be bytes/],
    [[1, 2], /is an array, but must be bytes/],
    [new Blob([]), /is a Blob, but must be bytes, .*: await its arrayBuffer\(\)/],
    [new Response(""), /is a Response, .*: await its arrayBuffer\(\)/],
    [Promise.resolve(), /is a Promise, but must be bytes, .*: await it first/],
    [Object.create(null), /is an object, but must be bytes/],
    [proxy, /is an object, but must be bytes/],
    [transferred, /has been transferred elsewhere|is cut short/],
  ];
  test.each(others.map((_, i) => i))("other value %i is no file, nor a checkpoint to resume from", async (i) => {
    const [x, message] = others[i];
    const loading = loadPolicy(x as Bytes);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
    const resuming = train("ppo", { env: "CartPole-v1", resume: x as Bytes });
    await expect(resuming).rejects.toThrow(InputError);
    await expect(resuming).rejects.toThrow(message);
  });

  test("a checkpoint to resume from may be an ArrayBuffer too", async () => {
    const options = { env: "Identity-v0", hidden: [4], rollout: 8, totalSteps: 128 };
    const { checkpoint, summary } = await train("a2c", options);
    for (const resume of [checkpoint.slice().buffer, Buffer.from(checkpoint)])
      expect((await train("a2c", { ...options, resume })).summary.weightsSha256).toBe(summary.weightsSha256);
  });
});

describe("policies of 0.1.0", () => {
  const runs = new URL("../compatibility/runs-0.1.0/", import.meta.url);
  const found = readdirSync(runs, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  test.each(found.map(({ name }) => name))("%s", async (run) => {
    await loadPolicy(readFileSync(new URL(`${run}/policy.safetensors`, runs)));
    const best = new URL(`${run}/checkpoints/best.safetensors`, runs);
    if (existsSync(best)) await loadPolicy(readFileSync(best)); // beside the optimizer's moments
  });
});

test("JSON with a member twice is refused, wherever it stands", () => {
  for (const text of ['{"a":1,"a":1}', '[{"b":{"a":1,"\\u0061":2}}]', '{"__proto__":1,"__proto__":1}', '{"":1,"":2}'])
    expect(() => parseStrictJson(text)).toThrow("two members of the same name");
  for (const text of ['{"a":"{\\"a\\":1,\\"a\\":1}","b":":"}', '{"a":{"a":1}}', "[]", '"\\\\"', '{"a\\\\":"\\"::"}'])
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
});
