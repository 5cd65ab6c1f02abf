// Experiments in processes, as the command runs them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "polgrad-experiment-runs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...argv: string[]) =>
  spawn(process.execPath, [program, "experiment", ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });

const trials = join(folder, "experiments/quick/gae-lambda/trials");
const done = () => (existsSync(trials) ? readdirSync(trials).filter((name) => name.endsWith(".jsonl")) : []);

test.runIf(process.env.POLGRAD_FULL)(
  "a killed experiment goes on with what is missing, and keeps what is done",
  async () => {
    const first = start("gae-lambda", "--quick", "--json");
    while (done().length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    first.kill("SIGKILL");
    await once(first, "close");
    await new Promise((resolve) => setTimeout(resolve, 500)); // its trials end with it
    const kept = done();
    const written = kept.map((name) => [name, statSync(join(trials, name)).mtimeMs]);
    expect(kept.length).toBeLessThan(13);
    expect(existsSync(join(folder, "experiments/quick/gae-lambda/index.html"))).toBe(false);

    const second = start("gae-lambda", "--quick", "--json");
    let stdout = "";
    second.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    const [code] = (await once(second, "close")) as [number];
    expect(code).toBe(0);
    expect(done()).toHaveLength(13);
    expect(kept.map((name) => [name, statSync(join(trials, name)).mtimeMs])).toEqual(written);
    type Result = { experiments: { name: string; claims: { claim: string; verdict: string }[] }[] };
    const { experiments } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Result;
    expect(experiments.map(({ name }) => name)).toEqual(["gae-lambda"]);
    expect(experiments[0].claims.map(({ verdict }) => verdict)).toEqual(["supported", "supported", "inconclusive", "inconclusive", "inconclusive"]); // prettier-ignore
    expect(readFileSync(join(folder, "experiments/quick/gae-lambda/index.html"), "utf8")).toContain("<math");
  },
);
