import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Surroundings } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/program.ts";
import { printableOutput } from "../../src/cli/output.ts";
import { openScreen } from "../../src/cli/screen.ts";
import { createRunFolder } from "../../src/runs/run-folder.ts";
import { readGif } from "../runs/animation/read-gif.ts";
import { xmlProblem } from "../runs/animation/well-formed.ts";
import { fakeContext } from "./fake-library.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-watch-"));
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("COLORFGBG", "");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** The folder of a run that the fake library plays by its name. */
const run = (name = "seeing"): string =>
  createRunFolder(folder, {
    algorithm: "ppo",
    env: "CartPole-v1",
    seed: 1,
    options: {},
    command: "",
    startedAt: new Date(0),
    name,
  });

async function watch(argv: string[], overrides: Partial<Surroundings> = {}) {
  const { context, written } = fakeContext(["watch", ...argv], folder, overrides);
  return { code: await runCli(context), ...written };
}

/** On a terminal of this size; what it got is in `text`. */
async function onTerminal(argv: string[], terminal: Partial<Surroundings["stdout"]> = {}) {
  const parts: string[] = [];
  const write = (text: string) => parts.push(text);
  const stdout = { write, isTTY: true, columns: 60, rows: 20, getColorDepth: () => 24, ...terminal };
  const { code, stderr } = await watch(argv, { stdout });
  return { code, stderr, parts, text: parts.join("") };
}

describe("without a terminal", () => {
  test("every step is a line, and a summary follows", async () => {
    const { code, stdout, stderr } = await watch([run()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(" step    action     reward     return  observation");
    expect(lines[2]).toBe("    1         1          1          1  [1, 0.1235]");
    expect(lines[6]).toBe("    5         1          1          5  [5, 0.1235]  terminated");
    expect(lines[7]).toBe("CartPole-v1: return 5 in 5 steps");
    expect(lines).toHaveLength(9);
  });

  test("several episodes have their numbers", async () => {
    const { stdout } = await watch([run(), "--episodes", "2"]);
    expect(stdout).toContain("\nEpisode 2\n step");
    expect(stdout).toContain("CartPole-v1, episode 2: return 5 in 5 steps\n");
  });

  test("an episode without an end is left", async () => {
    const { stdout } = await watch([run("long"), "--max-steps", "8"]);
    expect(stdout).toContain("return 8 in 8 steps, left there");
  });
});

describe("on a terminal", () => {
  test("the picture is drawn again and again in its place, and the cursor comes back", async () => {
    const { code, stderr, parts, text } = await onTerminal([run(), "--fps", "20"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(parts[0]).toBe("\x1b[?25l");
    const rows = parts[1].split("\n").length - 1;
    expect(rows).toBeLessThanOrEqual(19);
    expect(text.split(`\x1b[${rows}A`).length).toBeGreaterThan(4);
    expect(text).toContain("▀");
    expect(text).toContain("step 5, action 1, reward 1, return 5");
    expect(text.endsWith("\x1b[?25hCartPole-v1: return 5 in 5 steps\n")).toBe(true);
  });

  test("fits: no line is wider than the terminal", async () => {
    const { parts } = await onTerminal([run()], { columns: 24, rows: 10 });
    for (const line of parts[1].split("\n")) {
      expect(stripVTControlCharacters(line).replace("\r", "").length).toBeLessThanOrEqual(24);
    }
  });

  test("without colours it is braille", async () => {
    const { text } = await onTerminal([run()], { getColorDepth: () => 1 });
    expect(text).toMatch(/[\u2801-\u28ff]/);
    expect(text).not.toContain("▀");
    vi.stubEnv("NO_COLOR", "1");
    expect((await onTerminal([run()])).text).not.toContain("▀");
  });

  test("its background is dark, unless told otherwise", async () => {
    expect((await onTerminal([run()])).text).toContain("48;2;13;17;23");
    expect((await onTerminal([run(), "--theme", "light"])).text).toContain("48;2;255;255;255");
    vi.stubEnv("COLORFGBG", "0;15");
    expect((await onTerminal([run()])).text).toContain("48;2;255;255;255");
  });

  test.each<[string, { columns?: number; rows?: number }, string]>([
    ["too small", { columns: 12, rows: 20 }, "seeing"],
    ["an environment without a picture", {}, "blind"],
  ])("%s: lines instead", async (_, terminal, name) => {
    const { text } = await onTerminal([run(name)], terminal);
    expect(text).toContain("step");
    expect(text).not.toContain("\x1b[?25l");
    for (const line of text.split("\n").slice(0, 4)) expect(line.length).toBeLessThanOrEqual(terminal.columns ?? 60);
  });

  test("Ctrl-C stops at once, gives the cursor back and tells how far it came", async () => {
    const parts: string[] = [];
    const stdout = { write: (text: string) => parts.push(text), isTTY: true, columns: 60, rows: 20 };
    const { context, interrupt } = fakeContext(["watch", run("long"), "--fps", "1"], folder, { stdout });
    const ended = runCli(context);
    await vi.waitFor(() => expect(parts.join("")).toContain("step 0"));
    interrupt();
    expect(parts.at(-1)).toBe("\r\x1b[K\x1b[?25h"); // at once, not only when the step is over
    expect(await ended).toBe(130);
    expect(parts.at(-1)).toMatch(/stopped there\n$/);
  });
});

describe("screen", () => {
  test("writes only what changed, and begins anew after a change of size", () => {
    const parts: string[] = [];
    const output = { write: (text: string) => parts.push(text), columns: 10, rows: 5 };
    const screen = openScreen(printableOutput(output));
    screen.show(["a", "b"]);
    screen.show(["a", "c"]);
    output.columns = 8;
    screen.show(["a", "c"]);
    screen.close();
    screen.close();
    screen.show(["d", "e"]);
    expect(parts.slice(1)).toEqual([
      "\ra\x1b[K\n\rb\x1b[K\n",
      "\x1b[2A\n\rc\x1b[K\n",
      "\x1b[2J\x1b[H\ra\x1b[K\n\rc\x1b[K\n",
      "\r\x1b[K\x1b[?25h",
    ]);
  });
});

describe("files", () => {
  test("an SVG and a GIF of the same episodes", async () => {
    const argv = [run(), "--svg", "a.svg", "--gif", "a.gif", "--episodes", "2"];
    const { code, stdout, stderr } = await watch(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^a.svg: \d+ kB\na.gif: \d+ kB\nCartPole-v1, episode 1: return 5 in 5 steps\nCartPole-v1, episode 2: return 5 in/,
    );
    const svg = readFileSync(join(folder, "a.svg"), "utf8");
    expect(xmlProblem(svg)).toBeNull();
    expect(svg).toContain('dur="2.05s"'); // two times 5 steps at 200 a second, and a second at the end
    const { frames } = readGif(readFileSync(join(folder, "a.gif")));
    expect(frames.map(({ delay }) => delay)).toEqual([40, 1000, 40, 1000]); // of 200 a second, every eighth
  });

  test("--fps is their speed as well", async () => {
    await watch([run(), "--svg", "a.svg", "--gif", "a.gif", "--fps", "5"]);
    expect(readFileSync(join(folder, "a.svg"), "utf8")).toContain('dur="2s"');
    const { frames } = readGif(readFileSync(join(folder, "a.gif")));
    expect(frames.map(({ delay }) => delay)).toEqual([200, 200, 200, 200, 200, 1000]);
  });

  test("one that is there is not written over, unless forced", async () => {
    writeFileSync(join(folder, "a.svg"), "mine");
    const { code, stderr } = await watch([run(), "--svg", "a.svg"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/a.svg exists already; --force writes over it/);
    expect(readFileSync(join(folder, "a.svg"), "utf8")).toBe("mine");
    expect((await watch([run(), "--svg", "a.svg", "--force"])).code).toBe(0);
  });
});

describe("mistakes", () => {
  test.each<[string[], RegExp]>([
    [[], /which run\? For example: polgrad watch runs\//],
    [["missing"], /there is no run folder missing/],
    [["RUN", "--svg", "a.png"], /--svg a.png: its name must end in .svg/],
    [["RUN", "--gif", "a.svg"], /--gif a.svg: its name must end in .gif/],
    [["RUN", "--svg", "no/a.svg"], /there is no folder .*no/],
    [["RUN", "--svg", "dir.svg"], /it is a folder/],
    [["RUN", "--fps", "0"], /--fps must be a whole number of at least 1, not "0"/],
    [["RUN", "--episodes", "x"], /--episodes must be/],
    [["RUN", "--theme", "pink"], /--theme must be light or dark, not "pink"/],
    [["BLIND", "--svg", "a.svg"], /CartPole-v1 cannot be drawn: its environment has no draw\(\)/],
  ])("%j", async (argv, message) => {
    mkdirSync(join(folder, "dir.svg"));
    const names: Record<string, string> = { RUN: run(), BLIND: run("blind") };
    const { code, stdout, stderr } = await watch(argv.map((word) => names[word] ?? word));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(existsSync(join(folder, "a.svg"))).toBe(false);
  });
});
