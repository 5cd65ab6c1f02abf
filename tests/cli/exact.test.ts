import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frozenLake } from "../../src/envs/toy-text/frozen-lake.ts";
import { runCli } from "../../src/cli/program.ts";
import { loadPolicy } from "../../src/training/index.ts";
import { readPolicyBytes } from "../../src/runs/checkpoints.ts";
import { fakeContext } from "./fake-library.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-exact-"))));
afterAll(() => rmSync(folder, { recursive: true }));

async function exact(...argv: string[]) {
  const { context, written } = fakeContext(["exact", ...argv], folder);
  return { code: await runCli(context), ...written };
}

const inJson = async (...argv: string[]) => JSON.parse((await exact(...argv, "--json")).stdout);

describe("polgrad exact", () => {
  test("TwoStep-v0 as a table, with the numbers of a uniform policy", async () => {
    const { code, stdout, stderr } = await exact("TwoStep-v0");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("TwoStep-v0, the uniform policy, γ = 1\n");
    expect(stdout).toContain("J = 0.975, the expected return of an episode\n");
    const lines = stdout.split("\n").map((line) => line.trim().replace(/ +/g, " "));
    expect(lines).toContain("s V(s) d(s) a π(a|s) Q(s,a) A(s,a)");
    expect(lines).toContain("0 0.9750 1.0000 0 0.50000 1.1000 0.1250");
    expect(lines).toContain("1 0.50000 3.0000 2.0000");
    expect(lines).toContain("s a trajectories dynamic programming differences");
    expect(lines).toContain("2 0 -0.45000 -0.45000 -0.45000");
    expect(stdout).toMatch(/\(there are 8\)/);
    expect(stdout).toMatch(/Largest difference between two of them: \d\.\de-1\d\n/);
  });

  test("no line is longer than 80 columns, where enumeration is impossible too, which is said", async () => {
    for (const argv of [["TwoStep-v0"], ["FrozenLake-v1", "--gamma", "0.99"], ["Terraces-v0", "--env-options", '{"length":50}']]) {
      const { code, stdout } = await exact(...argv);
      expect(code).toBe(0);
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
    const text = (await exact("FrozenLake-v1", "--gamma", "0.99")).stdout.replace(/\s+/g, " ");
    expect(text).toContain("All of it is without the time limit of 100 steps.");
    expect(text).toContain("No gradient by trajectories: the trajectories cannot be enumerated: episodes need not end within 100 steps, by which 8.6e95");
    expect(text).toMatch(/0 0 – 0\.0005350 0\.0005350/);
  }); // prettier-ignore

  test("--json: one line, null where there is no gradient", async () => {
    const { stdout } = await exact("FrozenLake-v1", "--gamma", "0.9", "--json");
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ env: "FrozenLake-v1", policy: "uniform", gamma: 0.9, trajectories: null });
    expect(facts.j).toBeCloseTo(0.004477, 6);
    expect(facts.gradient.trajectories).toBeNull();
    expect(facts.gradient.dynamicProgramming).toHaveLength(16);
    expect(facts.notes).toHaveLength(2);
    expect(facts.largestDifference).toBeLessThan(1e-12);
  });

  test("--gamma and --env-options count", async () => {
    const facts = await inJson("Terraces-v0", "--gamma", "0.5", "--env-options", '{"length":2,"slip":0}');
    expect(facts).toMatchObject({ j: 0.75, v: [0.75, 0.75, 0.5, 0.5, 0, 0], trajectories: 8 });
    expect(facts.occupancy).toEqual([0.5, 0.5, 0.25, 0.25, 0, 0]);
  });

  test("an environment of one's own that has tables, and one that has none", async () => {
    const file = (name: string, mdp: string) => {
      const space = (n: number) => `{ kind: "discrete", n: ${n}, start: 0 }`;
      const parts = `observationSpace: ${space(1)}, actionSpace: ${space(2)}, reset() {}, step() {}`;
      writeFileSync(join(folder, name), `export default () => ({ ${parts}${mdp} });`);
    };
    const outcomes = "outcomes: (s, a) => [{ probability: 1, next: 0, reward: 4 * a, terminated: true }]";
    file("own.mjs", `, mdp: { states: 1, actions: 2, start: [1], ${outcomes} }`);
    expect(await inJson("./own.mjs")).toMatchObject({ env: "own.mjs", j: 2, q: [[0, 4]], advantage: [[-2, 2]] });
    file("bare.mjs", "");
    expect((await exact("./bare.mjs")).stderr).toMatch(/^polgrad: bare\.mjs: the environment has no tables/);
  });

  test("the probabilities of a run's policy, with the options of its environment", async () => {
    const run = new URL("../compatibility/runs-0.1.0/trpo", import.meta.url).pathname; // of FrozenLake-v1
    const facts = await inJson("FrozenLake-v1", "--policy", run, "--gamma", "0.9");
    const policy = await loadPolicy(readPolicyBytes(run));
    expect(facts.probabilities).toHaveLength(16);
    facts.probabilities.forEach((row: number[], s: number) => {
      const said = policy.probabilities(s);
      row.forEach((p, a) => expect(p).toBeCloseTo(said[a], 6));
      expect(row.reduce((sum, p) => sum + p)).toBeCloseTo(1, 15);
    });
    expect(facts.probabilities[0]).not.toContain(0.25);
    expect(facts.largestDifference).toBeLessThan(1e-9);
    // V by iteration, of the probabilities that were told.
    const mdp = frozenLake().mdp!;
    let v: number[] = Array(16).fill(0);
    const backup = (s: number) => (sum: number, p: number, a: number) =>
      mdp
        .outcomes(s, a)
        .reduce((rest, o) => rest + p * o.probability * (o.reward + (o.terminated ? 0 : 0.9 * v[o.next])), sum);
    for (let i = 0; i < 400; i++) v = v.map((_, s) => facts.probabilities[s].reduce(backup(s), 0));
    expect(facts.j).toBeCloseTo(v[0], 12);

    const slides = join(folder, "slides");
    cpSync(run, slides, { recursive: true });
    const config = JSON.parse(readFileSync(join(slides, "config.json"), "utf8"));
    config.options.envOptions = { isSlippery: false };
    writeFileSync(join(slides, "config.json"), JSON.stringify(config));
    const onDry = await inJson("FrozenLake-v1", "--policy", slides, "--gamma", "0.9");
    expect(onDry.q[14][2], "a step to the right leads to the goal").toBe(1);
    const asAsked = await inJson("FrozenLake-v1", "--policy", slides, "--gamma", "0.9", "--env-options", "{}");
    expect(asAsked.j).toBe(facts.j);

    const { code, stderr } = await exact("TwoStep-v0", "--policy", run);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the policy's observation space is Discrete\(16\), the environment's Discrete\(4\)/);
  });

  test.each([
    [["CartPole-v1"], /CartPole-v1: the environment has no tables: exact results need a finite MDP/],
    [["TwoStep-v0", "--gamma", "1.5"], /--gamma must be a number from 0 to 1, not "1.5"/],
    [["TwoStep-v0", "--env-options", "[1]"], /--env-options is not a JSON object: \[1\]\nFor example: --env-options '\{/],
    [["TwoStep-v0", "--env-options", '{"x":1}'], /TwoStep-v0 has no option "x"/],
    [["TwoStep-v0", "--policy", "nowhere"], /there is no run folder nowhere/],
    [["Nowhere-v0"], /unknown environment "Nowhere-v0"/],
    [[], /which env\? For example: polgrad exact TwoStep-v0/],
  ])("%j is a mistake", async (argv, message) => {
    const { code, stdout, stderr } = await exact(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  }); // prettier-ignore
});
