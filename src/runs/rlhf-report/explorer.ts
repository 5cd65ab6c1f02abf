// The script of the report: a slider over the updates of a run, with what is written behind the same prompts, token by
// token. The page holds these functions as they stand here, so each knows only the others and what it is given. Texts are
// of models and files of others: they become text nodes, never HTML.

import type { ExplorerData, ExplorerRun, ExplorerText } from "./explorer-data.ts";

/** Starts the explorer of a page: finds its data, fills it, and listens. */
export function startExplorer(document: Document): void {
  const data = JSON.parse(document.getElementById("explorer-data")!.textContent) as ExplorerData;
  const find = <T extends Element = HTMLElement>(part: string): T =>
    document.querySelector<T>(`#explorer [data-part=${part}]`)!;
  const [slider, play] = [find<HTMLInputElement>("slider"), find("play")];
  const choices = Array.from(document.querySelectorAll<HTMLInputElement>("#explorer [name=run]"));
  let run = data.runs[0];
  let timer: ReturnType<typeof setInterval> | undefined;

  const hint = find("detail").textContent;
  const showDetail = (detail: string): void => {
    find("detail").textContent = detail;
  };
  const show = (): void => {
    showDetail(hint);
    const step = run.steps[Number(slider.value)];
    const ofIteration = step.update === 0 ? "Before the first iteration" : `Iteration ${step.update} of ${run.last}`;
    find("step").textContent = ofIteration;
    find("about").textContent = step.about;
    slider.setAttribute("aria-valuetext", `${ofIteration} ${step.about}`);
    const cards = run.prompts.map((prompt, i) => {
      const first = run.steps[0].update === 0 ? run.steps[0].texts[i] : null;
      const texts = [textElement(document, data, run, first, "Before RLHF", showDetail)];
      texts.push(textElement(document, data, run, step.texts[i], "Now", showDetail));
      return element(document, "article", "", [element(document, "h3", prompt), ...texts]);
    });
    find("texts").replaceChildren(...cards);
  };
  const choose = (chosen: number): void => {
    const { update } = run.steps[Number(slider.value)];
    run = data.runs[chosen];
    slider.max = String(run.steps.length - 1);
    slider.value = String(nearestStep(run, update));
    show();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "▶ Play";
  };
  const advance = (): void => {
    slider.value = String(Number(slider.value) + 1);
    show();
    if (Number(slider.value) >= run.steps.length - 1) stop();
  };

  slider.addEventListener("input", () => (stop(), show()));
  choices.forEach((choice, i) => choice.addEventListener("change", () => (stop(), choose(i))));
  play.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    if (Number(slider.value) >= run.steps.length - 1) slider.value = "0";
    play.textContent = "❚❚ Pause";
    timer = setInterval(advance, 250);
  });
  // A browser that reloads a page remembers what was chosen.
  slider.max = String(run.steps.length - 1);
  slider.value = slider.max;
  choose(Math.max(0, choices.findIndex((choice) => choice.checked))); // prettier-ignore
  find("controls").hidden = false;
}

/** The place of a run's step that is nearest to an update. */
export function nearestStep(run: ExplorerRun, update: number): number {
  const distances = run.steps.map((step) => Math.abs(step.update - update));
  return distances.reduce((nearest, distance, i) => (distance < distances[nearest] ? i : nearest), 0);
}

/** A text: its tokens, coloured, and below them what it is worth. One of its tokens is in the order of Tab; arrows move. */
export function textElement(
  document: Document,
  data: ExplorerData,
  run: ExplorerRun,
  text: ExplorerText | null,
  title: string,
  onDetail: (detail: string) => void,
): HTMLElement {
  if (text === null) return element(document, "div", "", [element(document, "h4", title), element(document, "p", "–")]);
  const tokens = text.t.map((place, k) => {
    const isEnd = text.ended && k === text.t.length - 1;
    const token = element(document, "span", isEnd ? "∎" : data.tokens[place]);
    const detail = tokenDetail(data, run, text, k);
    const share = logRatioShare(text, k);
    if (share !== 0) {
      token.className = share > 0 ? "up" : "down";
      token.style.setProperty("--share", `${Math.round(Math.abs(share) * 100)}%`);
    }
    token.tabIndex = k === 0 ? 0 : -1;
    for (const event of ["mouseenter", "focus", "click"]) token.addEventListener(event, () => onDetail(detail));
    return token;
  });
  const words = element(
    document,
    "p",
    "",
    tokens.flatMap((token) => [token, document.createTextNode(run.between)]),
  );
  words.className = "tokens";
  words.addEventListener("keydown", ({ key, target }) => {
    const at = tokens.indexOf(target as HTMLElement);
    const next = tokens[at + (key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : NaN)];
    if (next) [tokens[at].tabIndex, next.tabIndex] = [-1, 0];
    next?.focus();
  });
  const worth = element(document, "p", textWorth(text));
  worth.className = "worth";
  return element(document, "div", "", [element(document, "h4", title), words, worth]);
}

/** log π/π_ref of a token as a share of the scale, which ends at 3 nats: from −1 to 1. */
export function logRatioShare({ p, r }: ExplorerText, k: number): number {
  if (p[k] === null || r[k] === null) return 0;
  return Math.max(-1, Math.min(1, (p[k] - r[k]) / 300));
}

/** All that is known of a token, in a line. */
export function tokenDetail(data: ExplorerData, { unit }: ExplorerRun, text: ExplorerText, k: number): string {
  const { t, p, r, v, a } = text;
  const share = (x: number | null): string => {
    if (x === null) return "unknown";
    const percent = 100 * Math.exp(x / 100);
    return percent >= 0.01 ? `${Number(percent.toPrecision(3))} %` : `${percent.toExponential(0).replace("-", "−")} %`;
  };
  const parts = [`“${data.tokens[t[k]]}”`, `π ${share(p[k])}`, `π_ref ${share(r[k])}`];
  if (p[k] !== null && r[k] !== null) {
    const nats = (p[k] - r[k]) / 100;
    const factor = Math.exp(Math.abs(nats));
    const times = `${factor < 1e4 ? Number(factor.toPrecision(2)) : factor.toExponential(0).replace("+", "")} times`;
    const compared = Math.abs(nats) < 0.05 ? "as likely" : `${times} ${nats > 0 ? "likelier" : "rarer"}`;
    parts.push(`${compared} (${nats > 0 ? "+" : ""}${shownNumber(nats)} nats)`);
  }
  return [...parts, `value ${shownNumber(v[k], unit)}`, `advantage ${shownNumber(a[k], unit)}`].join(" · ");
}

/** What a text is worth, in a line. */
export function textWorth({ score, truth, wellFormed, ended }: ExplorerText): string {
  const parts = [`reward ${shownNumber(score)}`];
  if (truth !== undefined) parts.push(`truth ${shownNumber(truth)}`);
  if (wellFormed === false) parts.push("not well-formed");
  if (!ended) parts.push("cut off");
  return parts.join(" · ");
}

/** So many units with two digits after the point, and no minus before zeros alone. */
export function shownNumber(x: number | null, unit = 1): string {
  if (x === null) return "unknown";
  return (x * unit)
    .toFixed(2)
    .replace(/^-(?=[0.]+$)/, "")
    .replace("-", "−");
}

/** An element with a text and children. */
export function element(
  document: Document,
  name: string,
  text: string,
  children: readonly (Element | Text)[] = [],
): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

/** The script as a page holds it. */
export const explorerScript = (): string =>
  `"use strict";\n${[startExplorer, nearestStep, textElement, logRatioShare, tokenDetail, textWorth, shownNumber, element].map(String).join("\n")}\nstartExplorer(document);\n`;
