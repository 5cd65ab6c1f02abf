import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { writeReport } from "../../../src/node.ts";
import { holdsRlhf } from "../../../src/runs/rlhf-report/read.ts";
import { rlhfReport } from "../../../src/runs/rlhf-report/report.ts";
import { runFiles } from "../../../src/runs/run-folder.ts";
import { makeRun, textsLine, watchedText } from "./folders.ts";

let folder: string;
/** Two β with all that there can be: the first is hacked, the second is not. */
let several: string;
let html: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-rlhf-report-"));
  several = join(folder, "several");
  const written = (update: number, truth: number) =>
    [0, 1].map((k) => ({ prompt: "the food was", text: `text ${k} of ${update}`, score: update, ended: true, length: 3, truth: truth + k, wellFormed: true })); // prettier-ignore
  const texts = [textsLine(0), ...[5, 20].map((u) => textsLine(u, { written: written(u, -u) }))];
  // √KL is update / 4, and the truth's gain over −0.25 that of the law with α = 1 and β = 0.8.
  const gain = (d: number): number => d * (1 - 0.8 * Math.log(d));
  const hacked = (u: number) => ({ score: u / 5, truth: u === 1 ? -0.25 : gain(u / 4) - 0.25, kl: (u / 4) ** 2, entropy: 1, length: 15, ended: 1, wellFormed: 1 - u / 25 }); // prettier-ignore
  const held = (u: number) => ({ score: u / 10, truth: u / 10 - 0.35, kl: u / 5, entropy: 1, length: 15, ended: 1, wellFormed: 1 }); // prettier-ignore
  makeRun(join(several, "kl-0"), { beta: 0, metrics: hacked, texts });
  makeRun(join(several, "kl-0.1"), { beta: 0.1, metrics: held, texts });
  const points = [1, 2, 4, 8, 16].map((n) => {
    const kl = Math.log(n) - (n - 1) / n;
    const d = Math.sqrt(kl);
    return { n, kl, proxy: d, truth: d * (0.5 - 0.1 * d), wellFormed: 1 };
  });
  writeFileSync(join(several, "best-of-n.json"), JSON.stringify({ points }));
  const bins = [
    { predicted: 0.2, observed: 0.3, count: 30 },
    { predicted: 0.8, observed: 0.6, count: 10 },
  ];
  writeFileSync(join(several, "calibration.json"), JSON.stringify({ accuracy: 0.75, pairs: 40, bins, margin: 1 }));
  html = rlhfReport(several);
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(html: string) {
  const { document } = parseHTML(html);
  document.querySelectorAll("script, style").forEach((element) => element.remove());
  const text = document.body.textContent.replace(/\s+/g, " ");
  const titles = [...document.querySelectorAll("h2")].map((title) => title.textContent);
  const rows = [...document.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  return { document, text, titles, rows };
}

const everything = [
  "What to look at",
  "Truth and reward over distance",
  "What each β buys",
  "The same prompts, step by step",
  "Where the reward was most wrong",
  "Over the iterations",
  "Calibration of the reward model",
  "Options",
  "Next steps",
];

describe("the report over several β", () => {
  test("says what they came to, and has all parts", () => {
    const { text, titles, rows, document } = open(html);
    expect(titles).toEqual(everything);
    // Means of the last five updates: 16 to 20; the truth of 0.1 is 1.8 − 0.35.
    expect(document.querySelector(".verdict")?.textContent).toMatch(
      /^With β = 0 the reward was over-optimized: it rose to 3\.60, while the truth fell from 0\.\d\d at iteration 5 to −1\.18\. β = 0\.1 did best: the truth rose from −0\.25 to 1\.45 and the reward to 1\.80, at a KL of 3\.6 nats\. The best of 16 texts by the same reward only reaches 0\.49\.$/,
    );
    expect(rows).toContainEqual(["β = 0.1", "1.80", "1.45", "1.45iteration 18", "3.6", "100 %", "100 %", "15.0"]);
    expect(text).toContain("20 iterations of 32 texts");
    expect(text).toContain("The truth has fallen since iteration");
    expect(rows).toContainEqual(["klCoefficient", "0, 0.1"]);
    expect(text).toContain(`npx polgrad generate ${several}/kl-0.1 "the service was"`);
  });

  test("fits the laws of Gao et al., with R², and tells whether they fit", () => {
    const { rows } = open(html);
    const best = rows.find(([name]) => name === "best of n")!;
    // The data follow the law exactly; its peak is at d = 0.5/0.2, beyond the KL of n = 16.
    expect(best).toEqual(["best of n", "1.00", "fits", "beyond 1.8", "0.50", "0.10", "d(α − βd)"]);
    const [, rSquared, words, , alpha, beta] = rows.find(([name, ...cells]) => name === "β = 0" && cells.length === 6 && cells[5]?.startsWith("d("))!; // prettier-ignore
    expect(Number(rSquared)).toBeGreaterThan(0.98); // means of five bend the curve a little
    expect(words).toBe("fits");
    expect(Number(alpha)).toBeCloseTo(1, 0);
    expect(Number(beta)).toBeCloseTo(0.8, 0);
  });

  test("draws metrics against √KL, as means of five updates", () => {
    const { document } = open(html);
    const titleOf = (figure: Element) => figure.querySelector("h3")?.textContent;
    const figure = [...document.querySelectorAll("figure")].find((one) => titleOf(one) === "Well-formed")!;
    const tick = (text: string, axis: 0 | 1): number => {
      const label = [...figure.querySelectorAll("text")].find((one) => one.textContent === text)!;
      return Number(/translate\(([-\d.]+),([-\d.]+)\)/.exec(label.getAttribute("transform")!)![axis + 1]);
    };
    const [two, four, fifth, whole] = [tick("2", 0), tick("4", 0), tick("0.2", 1), tick("0.8", 1)];
    const numbers = [...figure.querySelectorAll("circle")].map((dot) => [
      2 + (2 * (Number(dot.getAttribute("cx")) - two)) / (four - two),
      0.2 + (0.6 * (Number(dot.getAttribute("cy")) - fifth)) / (whole - fifth),
    ]);
    // The last points are means of updates 18 to 20: a KL of 22.6 and of 3.8.
    expect(numbers).toHaveLength(2);
    expect(numbers[0][0]).toBeCloseTo(Math.sqrt((18 ** 2 + 19 ** 2 + 20 ** 2) / 3 / 16), 1);
    expect(numbers[0][1]).toBeCloseTo(1 - 19 / 25, 2);
    expect(numbers[1][0]).toBeCloseTo(Math.sqrt(3.8), 1);
    expect(numbers[1][1]).toBeCloseTo(1, 2);
  });

  test("lists the texts with the largest reward − truth, each of another iteration", () => {
    const { rows } = open(html);
    const samples = rows.filter((row) => row.some((cell) => /text \d of/.test(cell)));
    // Of update 20 with rewards of 20 and truths of −20 and −19, and of update 5.
    expect(samples.map((row) => row.slice(-4))).toEqual([
      ["the food was text 0 of 20iteration 20", "20.00", "−20.00", "40.00"],
      ["the food was text 0 of 5iteration 5", "5.00", "−5.00", "10.00"],
      ["the food was text 0 of 20iteration 20", "20.00", "−20.00", "40.00"],
      ["the food was text 0 of 5iteration 5", "5.00", "−5.00", "10.00"],
    ]);
  });

  test("tells how well the reward model is calibrated", () => {
    // |0.2 − 0.3| · 30/40 + |0.8 − 0.6| · 10/40 = 12.5 points.
    expect(open(html).text).toContain(
      "On 40 pairs it prefers what was preferred in 75 %. Its probabilities are 12.5 percentage points off in the mean, and it is surer than it should be.", // prettier-ignore
    );
  });

  test("needs nothing from anywhere, and lets no other script run", () => {
    expect(/<link|<img|<iframe|@import|url\(|\bsrc=/i.test(html)).toBe(false);
    const names = ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"];
    expect(/https?:/.test(names.reduce((text, name) => text.replaceAll(name, ""), html))).toBe(false);
    expect(html.slice(0, 1000)).toMatch(
      /content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]{43}='"/,
    );
    expect(/NaN|undefined|\[object/.test(open(html).document.body.outerHTML)).toBe(false);
    expect(html.includes("prefers-color-scheme:dark")).toBe(true);
    expect(html.includes('name="viewport"')).toBe(true);
  });

  test("writeReport writes it, for one run of them too, with what lies beside that", async () => {
    await writeReport(several);
    expect(readFileSync(join(several, "report.html"), "utf8")).toBe(html);
    const one = join(several, "kl-0.1");
    await writeReport(one);
    const { titles, document } = open(readFileSync(runFiles(one).report, "utf8"));
    expect(titles).toEqual(everything.filter((title) => title !== "What each β buys"));
    expect(document.querySelector("h1")?.textContent).toBe("RLHF, β = 0.1");
    // Now the report over both leads there.
    expect(open(rlhfReport(several)).document.querySelector('th a[href="kl-0.1/report.html"]')).not.toBeNull();
  });
});

describe("what is missing is left out", () => {
  test("no truth, no best of n, no calibration: as of a reward of one's own", () => {
    const metrics = (u: number) => ({ score: u, kl: u / 10, entropy: 1, length: 3, ended: 1 });
    const run = makeRun(join(folder, "own"), { metrics, texts: [textsLine(0), textsLine(20, { written: [{ prompt: "a", text: "b", score: 7, ended: true, length: 1 }] })] }); // prettier-ignore
    const { titles, text, rows } = open(rlhfReport(run));
    expect(titles).toEqual([
      "What to look at",
      "Reward over distance",
      "The same prompts, step by step",
      "The texts of the largest reward",
      "Over the iterations",
      "Options",
      "Next steps",
    ]);
    expect(text).toContain("β = 0.1: the reward rose from 1.00 to 18.00, at a KL of 1.8 nats. What the texts are truly worth is not known here"); // prettier-ignore
    expect(rows).toContainEqual(["", "reward", "KL", "ended", "length"]);
    expect(text).not.toMatch(/truth |NaN|undefined/);
  });

  test("an interrupted run without texts, and one that never came to an update", () => {
    const short = open(rlhfReport(makeRun(join(folder, "short"), { updates: 1 })));
    expect(short.text).toContain("The texts of the run were not kept");
    expect(short.text).toContain("Too few iterations to tell");
    expect(short.text).not.toMatch(/NaN|undefined|Infinity/);
    const empty = makeRun(join(folder, "empty"), { updates: 0 });
    rmSync(runFiles(empty).metrics);
    const { titles, text } = open(rlhfReport(empty));
    expect(titles).toEqual(["What to look at", "The same prompts, step by step", "Options", "Next steps"]);
    expect(text).toContain("There is no update yet, and nothing to tell.");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("the first line, before any text was learned from, may lack them", () => {
    const { written, ...first } = textsLine(0);
    expect(written).toEqual([]);
    const run = makeRun(join(folder, "first"));
    writeFileSync(join(run, "texts.jsonl"), `${JSON.stringify(first)}\n`);
    expect(rlhfReport(run)).toContain('"update":0');
  });

  test("a line of texts that was being written is not read", () => {
    const run = makeRun(join(folder, "cut"), { texts: [textsLine(0), textsLine(1)] });
    writeFileSync(join(run, "texts.jsonl"), '{"update": 2, "st', { flag: "a" });
    expect(rlhfReport(run)).toContain("Iteration");
  });
});

describe("what is damaged is named", () => {
  test.each([
    ["texts.jsonl", "{}", /line 1 of .*texts\.jsonl is damaged: "update" is missing/],
    ["texts.jsonl", "nonsense", /texts\.jsonl is damaged: line 1 is not JSON/],
    ["texts.jsonl", JSON.stringify(textsLine(0, { watched: [watchedText(["a"], { values: [1, 2] })] })), /1 tokens have 2 numbers/], // prettier-ignore
    ["best-of-n.json", '{"points": [{"n": "many"}]}', /best-of-n\.json is damaged: "points\.0\.n"/],
    ["calibration.json", "[]", /calibration\.json is damaged/],
  ])("%s: %s", (name, content, message) => {
    const run = makeRun(join(folder, "damaged", name));
    writeFileSync(join(run, name), `${content}\n`);
    expect(() => rlhfReport(run)).toThrow(message);
    expect(() => rlhfReport(run)).toThrow(InputError);
    rmSync(run, { recursive: true });
  });

  test("a folder without such runs", () => {
    expect(() => rlhfReport(folder)).toThrow(/is not the folder of a run of RLHF, and holds none/);
    expect(holdsRlhf(folder)).toBe(false); // its runs are not named after a β
    expect(holdsRlhf(join(folder, "nothing"))).toBe(false);
    expect(holdsRlhf(makeRun(join(folder, "control"), { algorithm: "ppo" }))).toBe(false);
    expect(holdsRlhf(runFiles(join(folder, "control")).config)).toBe(false);
    expect(holdsRlhf(several)).toBe(true);
  });
});

describe("text of others stays text", () => {
  const hostile = `</script><script>alert(1)</script><img src=x onerror="alert(1)">\u202e\u0000\u001b[31m&"'`;

  test("whatever holds it", () => {
    const sample = { prompt: hostile, text: hostile, score: 1, ended: true, length: 1, truth: -1 };
    const watched = [watchedText([hostile, "<!--"], { prompt: hostile })];
    const run = makeRun(join(folder, "kl-<b>"), { command: hostile, texts: [textsLine(0, { watched }), textsLine(1, { written: [sample], watched })] }); // prettier-ignore
    const html = rlhfReport(run);
    const { document } = parseHTML(html);
    expect(document.querySelectorAll("script")).toHaveLength(2);
    expect(document.querySelector("img, b[onerror]")).toBeNull();
    // eslint-disable-next-line no-control-regex
    expect(/\p{Bidi_Control}|[\0-\x08\x0b-\x1f]|<!--|<script>alert/u.test(html)).toBe(false);
    expect(document.querySelector(".sample")?.textContent).toContain("</script><script>alert(1)</script>");
    expect(JSON.parse(document.querySelector("#explorer-data")!.textContent).tokens[0]).toContain("onerror");
    expect(html).not.toContain("npx polgrad generate"); // no shell is offered such a prompt
  });

  test("a long text is cut", () => {
    const written = [{ prompt: "a", text: "b".repeat(10_000), score: 1, ended: false, length: 10_000 }];
    const run = makeRun(join(folder, "long"), { texts: [textsLine(0), textsLine(1, { written })] });
    expect(rlhfReport(run)).toContain(`${"b".repeat(400)}…`);
    expect(rlhfReport(run)).not.toContain("b".repeat(401));
  });
});

test("a hundred iterations of four β with eight prompts make a file below 4 MB", () => {
  const sweep = join(folder, "sweep");
  const words = Array.from({ length: 56 }, (_, i) => `word${i}`);
  let state = 1;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const numbers = (): number[] => Array.from({ length: 37 }, () => Number((-6 * random()).toPrecision(4)));
  const texts = Array.from({ length: 101 }, (_, u) => {
    const tokens = () => Array.from({ length: 37 }, () => words[Math.floor(56 * random())]);
    const text = (k: number) => watchedText(tokens(), { prompt: `prompt ${k}`, logProbs: numbers(), referenceLogProbs: numbers(), values: numbers(), advantages: numbers(), truth: -1, wellFormed: true }); // prettier-ignore
    return textsLine(u, { watched: Array.from({ length: 8 }, (_, k) => text(k)) });
  });
  const first = makeRun(join(sweep, "kl-0"), { beta: 0, updates: 100, texts, metrics: () => ({ score: random(), truth: random(), kl: random(), entropy: random(), length: random(), ended: random(), wellFormed: random(), distinct: random(), explainedVariance: random(), clipFraction: random() }) }); // prettier-ignore
  for (const beta of [0.03, 0.1, 0.3]) cpSync(first, join(sweep, `kl-${beta}`), { recursive: true });
  expect(existsSync(join(sweep, "kl-0.3"))).toBe(true);
  const report = join(folder, "sweep.html");
  writeFileSync(report, rlhfReport(sweep));
  expect(statSync(report).size).toBeLessThan(4e6);
  const data = JSON.parse(parseHTML(readFileSync(report, "utf8")).document.querySelector("#explorer-data")!.textContent); // prettier-ignore
  expect(data.runs.map(({ steps }: { steps: unknown[] }) => steps.length)).toEqual([101, 101, 101, 101]); // all of them
});

test("what lies beside a run that is not one of several is not read", () => {
  const run = makeRun(join(folder, "project", "tuned"), {});
  writeFileSync(join(folder, "project", "calibration.json"), "[]");
  expect(rlhfReport(run)).not.toContain("Calibration of the reward model");
});
