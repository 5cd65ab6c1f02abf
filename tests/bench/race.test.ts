// What `npm run bench` makes of its rounds: ratios, peers that cannot run, and a command line that is told what is wrong.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

interface Rounds {
  rounds: Record<string, number>[];
  failed?: string | undefined;
}
interface Section {
  head: string[];
  rows: string[][];
  notes: string[];
  failed: boolean;
}
interface Bench {
  inRounds(
    competitors: object[],
    rounds: number,
    options: { run: (command: string[]) => Promise<object> },
  ): Promise<Map<string, Rounds>>;
  race(part: object, options: { rounds: number; prefix: string[]; progress: () => void }): Promise<Section>;
  fasterBy(ours: object[], peer: object[], measure: { key: string; faster: string }): object | undefined;
  readSpeedOptions(argv: string[], parts: string[], peers: string): Record<string, unknown>;
  openPeers(
    folder: string,
    candidates?: string[],
  ): {
    python?: string;
    lacks(...modules: string[]): string | undefined;
    program(name: string): string | undefined;
  };
  agreement(results: Map<string, object>): { text: string; failed: boolean } | undefined;
}
// The benchmarks are JavaScript without declarations.
const load = async (file: string) => (await import(new URL(`../../bench/lib/${file}`, import.meta.url).href)) as Bench;
const { inRounds } = await load("children.mjs");
const { fasterBy, race } = await load("race.mjs");
const { readSpeedOptions } = await load("speed-options.mjs");
const { openPeers } = await load("peers.mjs");
const { agreement } = await load("parts/update.mjs");

const folder = mkdtempSync(join(tmpdir(), "polgrad-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const printing = (line: string) => [process.execPath, "-e", `console.log(${JSON.stringify(line)})`];

describe("rounds", () => {
  test("go through all competitors in turn; one that fails or is missing has no further rounds", async () => {
    const ran: string[] = [];
    const run = ([name, round]: string[]) => {
      ran.push(`${name}${round}`);
      return Promise.resolve(name === "b" && round === "1" ? { failed: "it broke" } : { ms: 1 });
    };
    const competitor = (name: string, missing?: string) => ({ name, missing, command: (round: number) => [name, String(round)] }); // prettier-ignore
    const competitors = [competitor("a"), competitor("b"), competitor("c", "not here")];
    const results = await inRounds(competitors, 3, { run });
    expect(ran).toEqual(["a0", "b0", "a1", "b1", "a2"]);
    expect(results.get("b")).toMatchObject({ rounds: [{ ms: 1 }], failed: "it broke" });
    expect(results.get("c")).toEqual({ rounds: [], failed: "not here" });
  });

  test("are compared one by one, whichever way is faster", () => {
    const ours = [{ x: 1 }, { x: 2 }, { x: 4 }];
    const peer = [{ x: 2 }, { x: 8 }];
    expect(fasterBy(ours, peer, { key: "x", faster: "less" })).toEqual({ median: 3, min: 2, max: 4 });
    expect(fasterBy(ours, peer, { key: "x", faster: "more" })).toEqual({ median: 0.375, min: 0.25, max: 0.5 });
    expect(fasterBy(ours, [], { key: "x", faster: "less" })).toBeUndefined();
  });
});

test("a peer that cannot run is told in one line and has no row", async () => {
  const ours = { name: "polgrad", isOurs: true, command: printing('{"ms": 2}') };
  const cases = [
    {
      name: "work",
      competitors: [
        ours,
        { name: "half", command: printing('{"ms": 1}') },
        { name: "silent", command: printing("no result") },
        { name: "broken", command: [process.execPath, "-e", "throw new RangeError('too far')"] },
        { name: "absent", missing: "no Python", command: [undefined, "peer.py"] },
      ],
    },
    { name: "more", competitors: [ours, { name: "absent", missing: "no Python", command: [undefined, "peer.py"] }] },
  ];
  const measures = [{ key: "ms", head: "ms", faster: "less" }];
  const options = { rounds: 2, prefix: [], progress: () => {} };
  const { head, rows, notes, failed } = await race({ title: "", measures, cases }, options);
  expect(head).toEqual(["", "ms", "polgrad, times as fast"]);
  expect(rows).toEqual([
    ["work: polgrad", "2.00", ""],
    ["work: half", "1.00", "0.500×"],
    ["more: polgrad", "2.00", ""],
  ]);
  expect(notes.slice(0, 3)).toEqual([
    "silent (work): left out (it printed no result)",
    "broken (work): left out (RangeError: too far)",
    "absent: left out (no Python)",
  ]);
  expect(failed).toBe(false);
});

describe("numbers of the update", () => {
  const results = (...losses: number[]) =>
    new Map(losses.map((loss, i) => [String(i), { rounds: [{ check: [{ loss, gradientNorm: 1 }] }] }]));
  test("must agree between the engines", () => {
    expect(agreement(results(1, 1 + 1e-6))?.failed).toBe(false);
    expect(agreement(results(1, 1.001))?.failed).toBe(true);
    expect(agreement(results(1, NaN))?.failed).toBe(true);
    expect(agreement(results(1))).toBeUndefined();
    const silent = new Map<string, object>([
      ...results(1, 1),
      ["limit", { rounds: [{ ms: 1 }] }],
      ["absent", { rounds: [] }],
    ]);
    expect(agreement(silent)?.failed).toBe(false);
  });
});

describe("the command line", () => {
  const read = (...argv: string[]) => readSpeedOptions(argv, ["update", "start"], join(folder, "peers"));
  test("has defaults, and a folder of peers that need not be there", () => {
    expect(read()).toMatchObject({ only: ["update", "start"], rounds: 3, hidden: 64, peers: join(folder, "peers") });
    expect(read("--node", `${process.execPath},${process.execPath}`).nodes).toMatchObject([
      { name: `polgrad, Node ${process.versions.node}` },
      { path: process.execPath, version: process.versions.node, v8: process.versions.v8 },
    ]);
  });
  test.each([
    [["--peers", "nowhere"], '--peers: there is no folder "nowhere"'],
    [["--only", "update,nothing"], '--only: "nothing" is not one of update, start'],
    [["--node", "nowhere"], '--node: "nowhere" is no Node: give the path of its binary, such as /usr/bin/node'],
    [["--node", "/bin/true"], '--node: "/bin/true" is no Node: give the path of its binary, such as /usr/bin/node'],
    [["--hidden", "100"], "--hidden: 100 is not a multiple of 64"],
    [["--rounds", "0"], '--rounds: "0" is not a whole number of at least 1'],
    [["--batches", "64,"], '--batches: "" is not a whole number from 1 to 4096'],
    [["--seconds", "soon"], '--seconds: "soon" is not a positive number'],
    [["--cores", "1"], "Unknown option '--cores'"],
  ])("%j is refused", (argv, message) => expect(() => read(...argv)).toThrow(message));
});

describe("the folder of peers", () => {
  test("is not needed: the programs are ours then, and what lacks is told", () => {
    const peers = openPeers(join(folder, "nowhere"), ["no-such-python"]);
    expect(peers.python).toBeUndefined();
    expect(peers.lacks("torch")).toBe("no Python: tried no-such-python");
    expect(peers.program("sb3.py")).toMatch(/bench[\\/]peers[\\/]sb3\.py$/);
    expect(peers.program("ppo_update_limit.c")).toBeUndefined();
  });
  test("comes before ours", () => {
    writeFileSync(join(folder, "sb3.py"), "");
    expect(openPeers(folder, []).program("sb3.py")).toBe(join(folder, "sb3.py"));
  });
  test.runIf(hasPython())("whatever a Python cannot import is told in its own words", () => {
    const peers = openPeers(folder, ["python3"]);
    expect(peers.lacks("sys", "no_such_module")).toBe("python3: ModuleNotFoundError: No module named 'no_such_module'");
    expect(peers.lacks("sys")).toBeUndefined();
  });
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["-c", "0"]);
    return process.env.PYTHON === undefined;
  } catch {
    return false;
  }
}
