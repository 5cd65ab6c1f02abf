import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explorerData } from "../../../src/runs/rlhf-report/explorer-data.ts";
import { explorerScript, logRatioShare, textWorth, tokenDetail } from "../../../src/runs/rlhf-report/explorer.ts";
import { readRlhf } from "../../../src/runs/rlhf-report/read.ts";
import { rlhfReport } from "../../../src/runs/rlhf-report/report.ts";
import type { TextsOfUpdate } from "../../../src/runs/rlhf-report/texts.ts";
import { makeRun, textsLine, watchedText } from "./folders.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "polgrad-explorer-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const nameless = (texts: readonly TextsOfUpdate[]) => readRlhf(makeRun(join(folder, "run"), { texts })).runs;

describe("the data of a page", () => {
  test("numbers are whole and come back to a hundredth of a nat, or a thousandth of the largest value", () => {
    const text = watchedText(["nice", "."], {
      logProbs: [-0.1234, null],
      referenceLogProbs: [-2.344, -9.999],
      values: [1.234, -0.5],
      advantages: [-2, 0.0009],
    });
    const data = explorerData(nameless([textsLine(0, { watched: [text] })]));
    const [{ unit, steps }] = data.runs;
    expect(steps[0].texts[0]).toMatchObject({ p: [-12, null], r: [-234, -1000], v: [617, -250], a: [-1000, 0] });
    expect(unit).toBe(0.002);
    expect(data.tokens).toEqual(["nice", "."]);
  });

  test("tokens are listed once; a space stands between them where they have none of their own", () => {
    const words = explorerData(nameless([textsLine(0), textsLine(1)]));
    expect(words.tokens).toEqual(["nice", ".", "<|endoftext|>"]);
    expect(words.runs[0].between).toBe(" ");
    const bytes = explorerData(nameless([textsLine(0, { watched: [watchedText(["a", " ", "b"])] })]));
    expect(bytes.runs[0].between).toBe("");
  });

  test("of too many texts some steps are left out, evenly, with the first and the last kept", () => {
    const lines = Array.from({ length: 21 }, (_, update) => textsLine(update));
    const steps = explorerData(nameless(lines), 63 / 4).runs[0].steps;
    expect(steps.map(({ update }) => update)).toEqual([0, 4, 8, 12, 16, 20]);
    const odd = explorerData(nameless(lines.slice(0, 20)), 63 / 4).runs[0].steps;
    expect(odd.map(({ update }) => update)).toEqual([0, 4, 8, 12, 16, 19]);
  });

  test("what a page or a reader would obey is escaped", () => {
    const hostile = ["\u202e", "\u0000", "</script><script>alert(1)</script>", "\ud800", "\n", ""];
    const data = explorerData(nameless([textsLine(0, { watched: [watchedText(hostile, { prompt: "\u2066x" })] })]));
    expect(data.tokens).toEqual(["\\u202e", "\\u0000", hostile[2], "\\ud800", "↵", "·"]);
    expect(data.runs[0].prompts).toEqual(["\\u2066x"]);
  });
});

/** The page of a folder, its script having run as a browser runs it: from its text alone. */
function openPage(html: string) {
  const { document, window } = parseHTML(html);
  const find = (part: string): any => document.querySelector(`#explorer [data-part=${part}]`); // eslint-disable-line @typescript-eslint/no-explicit-any
  const script = document.querySelector("#explorer script:not([type])")!.textContent;
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function("document", "setInterval", script)(document, () => 0);
  const move = (at: number): void => {
    find("slider").value = String(at);
    find("slider").dispatchEvent(new window.Event("input"));
  };
  const columns = (): string[][] => [...document.querySelectorAll("#explorer article")].map((card) => [...card.querySelectorAll("p, h3")].map((p) => p.textContent.trim())); // prettier-ignore
  return { document, window, find, move, columns };
}

describe("the page", () => {
  const now = watchedText(["very", "nice", "."], {
    logProbs: [-0.5, -0.1, -3],
    referenceLogProbs: [-0.5, -2.1, -1.5],
    score: 2.5,
    truth: -0.5,
    wellFormed: false,
    ended: false,
  });

  test("shows the text at the start beside the one of the chosen step, and what each is worth", () => {
    const texts = [textsLine(0), textsLine(1), textsLine(2, { watched: [now] })];
    const metrics = (update: number) => ({ score: update, truth: -update, kl: 2 });
    const page = openPage(rlhfReport(makeRun(join(folder, "page"), { texts, metrics, updates: 2 })));
    expect(page.find("controls").hidden).toBe(false);
    expect(page.find("step").textContent).toBe("Iteration 2 of 2");
    expect(page.find("about").textContent).toBe("reward 2.00, truth −2.00, KL 2.0");
    const start = ["nice . ∎", "reward 1.00"];
    expect(page.columns()).toEqual([["the service was", ...start, "very nice .", "reward 2.50 · truth −0.50 · not well-formed · cut off"]]); // prettier-ignore
    page.move(0);
    expect(page.find("step").textContent).toBe("Before the first iteration");
    expect(page.columns()).toEqual([["the service was", ...start, ...start]]);
  });

  test("colours tokens by log π/π_ref, and tells all about the one that is pointed at or focused", () => {
    const page = openPage(rlhfReport(makeRun(join(folder, "page"), { texts: [textsLine(0), textsLine(1, { watched: [now] })], updates: 1 }))); // prettier-ignore
    const tokens = [...page.document.querySelectorAll<HTMLElement>("article div:last-child .tokens span")];
    expect(tokens.map((token) => token.className)).toEqual(["", "up", "down"]);
    expect(tokens[1].style.getPropertyValue("--share")).toBe("67%");
    expect(tokens[2].style.getPropertyValue("--share")).toBe("50%");
    for (const event of ["mouseenter", "focus", "click"]) {
      page.find("detail").textContent = "";
      tokens[1].dispatchEvent(new page.window.Event(event));
      expect(page.find("detail").textContent).toBe(
        "“nice” · π 90.5 % · π_ref 12.2 % · 7.4 times likelier (+2.00 nats) · value 0.50 · advantage 0.25",
      );
    }
  });

  test("another β shows its texts, at the same iteration", () => {
    const several = join(folder, "several");
    const textsOf = (word: string, last: number) => Array.from({ length: last + 1 }, (_, u) => textsLine(u, { watched: [watchedText([`${word}${u}`])] })); // prettier-ignore
    makeRun(join(several, "kl-0"), { beta: 0, texts: textsOf("zero", 4), updates: 4 });
    makeRun(join(several, "kl-0.1"), { beta: 0.1, texts: textsOf("tenth", 2), updates: 2 });
    const page = openPage(rlhfReport(several));
    const choices = [...page.document.querySelectorAll("#explorer [name=run]")];
    expect(choices).toHaveLength(2);
    page.move(1);
    choices[1].dispatchEvent(new page.window.Event("change"));
    expect(page.find("step").textContent).toBe("Iteration 1 of 2");
    expect(page.find("slider").max).toBe("2");
    page.move(2);
    choices[0].dispatchEvent(new page.window.Event("change"));
    expect(page.find("step").textContent).toBe("Iteration 2 of 4");
  });

  test("hostile tokens stay text", () => {
    const hostile = "<img src=x onerror=alert(1)>";
    const texts = [textsLine(0), textsLine(1, { watched: [watchedText([hostile, "</script>"], { prompt: hostile })] })];
    const page = openPage(rlhfReport(makeRun(join(folder, "page"), { texts, updates: 1 })));
    expect(page.document.querySelector("img")).toBeNull();
    expect(page.document.querySelectorAll("script")).toHaveLength(2);
    expect(page.columns().flat()).toContain(hostile);
  });
});

test("the script ends nowhere in the page but at its end, and reaches for nothing outside", () => {
  expect(explorerScript()).not.toMatch(/<\/script|<!--|innerHTML|fetch|XMLHttp|import\b|eval/);
});

test("a token's detail and colour take the ends of the scale and numbers that are unknown", () => {
  const text = { t: [0, 0, 0], p: [-1, -1200, null], r: [-1501, -100, -5], v: [5, null, 0], a: [-3, 0, 0], score: 0, ended: true }; // prettier-ignore
  const run = { label: "", between: " ", unit: 0.1, last: 1, prompts: [], steps: [] };
  const detail = (k: number): string => tokenDetail({ tokens: ["x"], runs: [run] }, run, text, k);
  expect([0, 1, 2].map((k) => logRatioShare(text, k))).toEqual([1, -1, 0]);
  expect(detail(0)).toBe(
    "“x” · π 99 % · π_ref 3e−5 % · 3e6 times likelier (+15.00 nats) · value 0.50 · advantage −0.30",
  );
  expect(detail(1)).toBe(
    "“x” · π 6e−4 % · π_ref 36.8 % · 6e4 times rarer (−11.00 nats) · value unknown · advantage 0.00",
  );
  expect(detail(2)).toBe("“x” · π unknown · π_ref 95.1 % · value 0.00 · advantage 0.00");
  const fine = { ...run, unit: 0.001 };
  expect(tokenDetail({ tokens: ["x"], runs: [fine] }, fine, text, 0)).toMatch(/value 0\.01 · advantage 0\.00$/);
  expect(textWorth({ ...text, score: -0.004, truth: -0.006 })).toBe("reward 0.00 · truth −0.01");
});
