// What goes wrong around a training, in processes of their own: environments that misbehave, terminals that are closed,
// disks that are full. Each ends with one message and the right exit code, and leaves its last checkpoint.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";

const project = inject("project");
copyFileSync(fileURLToPath(new URL("fixtures/faulty-env.mjs", import.meta.url)), join(project, "faulty-env.mjs"));

interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Whether the run has a checkpoint. */
  kept: boolean;
}

interface TrainSettings {
  steps?: number;
  stdout?: "pipe" | number;
  watch?: (child: ReturnType<typeof spawn>, said: string) => void;
}

/** Trains; `watch` is called with the process and all that it has said, whenever it says something. */
function train(
  env: string,
  fault: string,
  { steps = 20_000, stdout = "pipe", watch = () => {} }: TrainSettings = {},
): Promise<Ended> {
  const runDir = mkdtempSync(join(project, "runs-"));
  const main = join(project, "node_modules/polgrad/dist/bundle/main.js");
  const args = [main, "train", "a2c", env, "--steps", String(steps), "--hidden", "8", "--run-dir", runDir];
  const child = spawn(process.execPath, args, {
    cwd: project,
    env: { ...process.env, FAULT: fault },
    stdio: ["ignore", stdout, "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.on("data", (data: Buffer) => {
      said[name] += data.toString();
      watch(child, said.stdout + said.stderr);
    });
  return new Promise((resolve) =>
    child.on("close", (code, signal) => {
      const kept = readdirSync(runDir).some((run) => existsSync(join(runDir, run, "checkpoints/last.safetensors")));
      resolve({ code, signal, ...said, kept });
    }),
  );
}

describe.concurrent("a training ends in words", () => {
  test("where its environment calls process.exit", async () => {
    const { code, stderr, kept } = await train("./faulty-env.mjs", "exit");
    expect({ code, kept }).toEqual({ code: 1, kept: true });
    expect(stderr).toMatch(
      /^polgrad: ended before the command had: process\.exit\(0\) .*\nThe last checkpoint is .*last\.safetensors\nResume with\n.*\n$/,
    );
  });

  test("where its environment's module awaits what never comes", async () => {
    const { code, stderr } = await train("./faulty-env.mjs", "await");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^polgrad: ended before the command had: nothing is left .*\n$/);
  });

  test.each(["rejection", "timer"])("where its environment leaves behind an error: %s", async (fault) => {
    const { code, stdout, stderr, kept } = await train("./faulty-env.mjs", fault);
    expect({ code, kept }).toEqual({ code: 1, kept: true });
    expect(stdout).toContain("all is saved. Resume with");
    expect(stderr).toMatch(/^polgrad: an error outside of all calls, .*: the connection is lost\n--debug shows .*\n$/);
  });

  test("where its terminal is closed, which saves", async () => {
    let asked = false;
    const watch = (child: ReturnType<typeof spawn>, said: string): void => {
      if (asked || !said.includes(" in ")) return;
      asked = true;
      child.kill("SIGHUP");
    };
    const { signal, stdout, kept } = await train("CartPole-v1", "", { steps: 50_000_000, watch });
    expect({ signal, kept }).toEqual({ signal: "SIGHUP", kept: true });
    expect(stdout).toContain("all is saved");
  });

  test.runIf(process.platform !== "win32")("where a step does not return: by the second Ctrl-C", async () => {
    let asked = 0;
    const watch = (child: ReturnType<typeof spawn>, said: string): void => {
      const due = said.includes("Ctrl-C again stops at once") ? 2 : said.includes("does not return") ? 1 : 0;
      while (asked < due) {
        asked++;
        child.kill("SIGINT");
      }
    };
    const { signal, stderr, kept } = await train("./faulty-env.mjs", "endless", { watch });
    expect({ signal, kept }).toEqual({ signal: "SIGINT", kept: true });
    expect(stderr).toContain("a call of its step or reset that has not returned");
  });
});

describe.concurrent("a training goes on", () => {
  test.runIf(existsSync("/dev/full"))("where its output's disk is full, and says so at the end", async () => {
    const { code, stderr, kept } = await train("CartPole-v1", "", { steps: 3000, stdout: openSync("/dev/full", "w") });
    expect({ code, kept }).toEqual({ code: 1, kept: true });
    expect(stderr).toMatch(/^polgrad: nothing can be written to the output any more: ENOSPC.*\n$/);
  });

  test("where nobody reads its output any more", async () => {
    const watch = (child: ReturnType<typeof spawn>): void => void child.stdout!.destroy();
    const { code, stderr, kept } = await train("CartPole-v1", "", { steps: 3000, watch });
    expect({ code, stderr, kept }).toEqual({ code: 0, stderr: "", kept: true });
  });
});
