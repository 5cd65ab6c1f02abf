import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { exportOnnx } from "../../src/onnx/index.ts";
import { mlp } from "../../src/nn/index.ts";
import { createActorCritic, type ActorCritic } from "../../src/policies/index.ts";
import { SeedSequence } from "../../src/random/index.ts";
import { createRunFolder, runFiles } from "../../src/runs/run-folder.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { createEngine } from "../../src/tensor/index.ts";
import { savePolicy } from "../../src/training/index.ts";
import { fakeContext } from "./fake-library.ts";

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-export-"));
  const facts = { algorithm: "ppo", env: "CartPole-v1", seed: 3, options: {}, command: "", startedAt: new Date() };
  run = createRunFolder(folder, facts);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Saves a policy as the run's last. */
async function trained(networks = {}): Promise<ActorCritic> {
  const spaces = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3) };
  const policy = createActorCritic(await createEngine(), { ...spaces, networks, seed: new SeedSequence(3) });
  writeFileSync(runFiles(run).policy, savePolicy(policy));
  return policy;
}

async function polgrad(...argv: string[]) {
  const { context, written } = fakeContext(["export", ...argv], folder);
  return { code: await runCli(context), ...written };
}

const metadata = { algorithm: "ppo", environment: "CartPole-v1", seed: "3" };

test("writes the model, and says what goes in and comes out", async () => {
  const policy = await trained();
  const { code, stdout, stderr } = await polgrad(run, "policy.onnx");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^policy\.onnx: 3\d kB\n/);
  expect(stdout).toContain("  Input    observation    float32 [batch, 2]  in Box(-1..1, shape (2,))");
  expect(stdout).toContain("  Output   action         int64 [batch]       the most probable");
  expect(stdout).toContain("           probabilities  float32 [batch, 3]  of the choices in Discrete(3)");
  const expected = exportOnnx(policy, { metadata });
  expect(readFileSync(join(folder, "policy.onnx")).equals(expected)).toBe(true);
});

test("--json", async () => {
  await trained();
  const { stdout } = await polgrad(run, "policy.onnx", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    run,
    file: "policy.onnx",
    bytes: readFileSync(join(folder, "policy.onnx")).length,
    inputs: [{ name: "observation", type: "float32", shape: ["batch", 2] }],
    outputs: [{ name: "action", type: "int64", shape: ["batch"] }, {}, {}, {}],
  });
});

test("a file that is there stays, unless --force", async () => {
  await trained();
  const file = join(folder, "policy.onnx");
  writeFileSync(file, "mine");
  const { code, stderr } = await polgrad(run, file);
  expect({ code, stderr }).toEqual({ code: 2, stderr: `polgrad: ${file} exists already; --force writes over it\n` });
  expect(readFileSync(file, "utf8")).toBe("mine");
  expect((await polgrad(run, file, "--force")).code).toBe(0);
  expect(readFileSync(file).length).toBeGreaterThan(1000);
});

test("what was named wrongly gives exit code 2 and one message", async () => {
  mkdirSync(join(folder, "folder.onnx"));
  const mistake = async (argv: string[], message: string) => {
    const { code, stdout, stderr } = await polgrad(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  };
  await mistake([run, "policy.onnx"], "has no policy yet");
  await mistake([run, "policy.onnx", "--best"], "has no best policy yet");
  await trained(mlp());
  await mistake([run, "policy.onnx"], "has custom networks: pass the function that makes them as loadPolicy");
  await trained();
  await mistake([run], "which file? For example: polgrad export ");
  await mistake([join(folder, "elsewhere"), "policy.onnx"], "there is no run folder");
  await mistake([folder, "policy.onnx"], "is not the folder of a run");
  await mistake([run, "policy.pt"], "must end in .onnx");
  await mistake([run, "no/where/policy.onnx"], `there is no folder ${join(folder, "no/where")}`);
  await mistake([run, "folder.onnx"], "it is a folder");
  expect(existsSync(join(folder, "policy.onnx"))).toBe(false);
});
