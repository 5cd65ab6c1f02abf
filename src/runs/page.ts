// What all pages share: their style, and how they write times and the values of options.

import { decimal, twoDigits } from "../text/numbers.ts";
import { figureColors } from "./figures.ts";
import { cssVariables, markup, type Markup } from "./markup.ts";

/** The value of an option as a page shows it. */
export function shown(value: unknown): string {
  if (typeof value === "number") return Math.abs(value) >= 10_000 ? decimal(value) : String(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return JSON.stringify(value);
}

const months = "January February March April May June July August September October November December".split(" ");

/** 23 November 2026 at 05:20: of an ISO time, in the zone of this machine. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  const time = [date.getHours(), date.getMinutes()].map(twoDigits).join(":");
  return `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()} at ${time}`;
}

/** Seconds in words: "12.5 s", "3 min 20 s", "1 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${decimal(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Learning curves in the sizes that screens have, by the class of their figures: text in them has 11 pixels or more. */
export const curveSizes = [
  ["wide", { width: 1040, height: 420 }],
  ["middle", { width: 600, height: 340 }],
  ["narrow", { width: 330, height: 320 }],
] as const;

/** Figures over steps and over seconds, of which one is seen at a time. @param index among those of the page */
export const switched = (index: number, steps: readonly Markup[], seconds: readonly Markup[]): Markup =>
  markup`<div class="switch"><input type="radio" name="axis-${index}" id="steps-${index}" checked><label for="steps-${index}">by steps</label><input type="radio" name="axis-${index}" id="seconds-${index}"><label for="seconds-${index}">by seconds</label>
<div class="by-steps">${steps}</div>
<div class="by-seconds">${seconds}</div></div>`;

/** The style of so many switches. */
export const switchStyle = (count: number): string => `
.switch>input{position:absolute;opacity:0}
input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
.switch>label{display:inline-block;margin:0 .5rem .75rem 0;padding:.2rem .8rem;border:1px solid var(--line);border-radius:99px;background:var(--paper);font-size:.85rem;cursor:pointer}
.switch>input:checked+label{border-color:var(--accent);color:var(--accent)}
.by-seconds{display:none}
${Array.from({ length: count }, (_, i) => `#seconds-${i}:checked~.by-steps{display:none}#seconds-${i}:checked~.by-seconds{display:block}`).join("\n")}
@media print{.switch>label{display:none}}
`;

/** Of every page. */
export const pageStyle = `
:root{${cssVariables(figureColors.light)};--page:#fafaf8}
@media(prefers-color-scheme:dark){:root{${cssVariables(figureColors.dark)};--page:#14171a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:clamp(1.5rem,5vw,4rem) clamp(1rem,4vw,2.5rem)}
h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;font-weight:500;line-height:1.2;letter-spacing:-.01em}
h1{font-size:clamp(1.9rem,5vw,2.75rem);margin:0 0 .35rem}
h2{font-size:1.45rem;margin:0 0 1rem}
h3{font-size:.95rem;font-weight:600;margin:0}
section{margin-top:3.25rem}
.about{color:var(--muted);margin:0;overflow-wrap:anywhere}
.headline{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:1px;margin:2.25rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.headline div{background:var(--paper);padding:1.1rem 1.3rem 1.2rem}
.headline dt{color:var(--muted);font-size:.85rem}
.headline dd{margin:.1rem 0 0;font-size:1.9rem;line-height:1.25;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.headline small{display:block;color:var(--muted);font-size:.85rem;letter-spacing:0;margin-top:.15rem}
figure{margin:0;background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem}
figure svg{display:block;width:100%;height:auto;color:var(--muted);font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow:visible}
.grid svg{max-width:420px;margin:0 auto}
figure.narrow,figure.middle{display:none}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(310px,100%),1fr));gap:1rem}
.grid figure{display:flex;flex-direction:column;justify-content:space-between}
figcaption{margin-bottom:.6rem}
figcaption p{margin:.1rem 0 0;color:var(--muted);font-size:.85rem;line-height:1.4}
table{width:100%;border-collapse:collapse;font-size:.92rem;margin-bottom:1.25rem}
tbody{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));column-gap:3rem}
tr{display:flex;justify-content:space-between;gap:1.5rem;border-bottom:1px solid var(--line);padding:.42rem 0}
th{font-weight:400;color:var(--muted);text-align:left}
td{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
th small{margin-left:.45rem;padding:.05rem .4rem;border:1px solid var(--line);border-radius:99px;font-size:.75rem}
code{font:.88em ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.command{margin:0 0 1rem}
.command code{display:block;margin-top:.25rem;padding:.7rem .95rem;background:var(--paper);border:1px solid var(--line);border-radius:8px;overflow-x:auto;white-space:pre}
ul{margin:0;padding-left:1.2rem}
footer{margin-top:4rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
@media(max-width:1090px){figure.middle{display:block}figure.wide:has(~.middle){display:none}}
@media(max-width:640px){figure.wide,figure.middle{display:none}figure.narrow{display:block}figure{padding:.75rem}}
@media print{body{background:#fff}section,figure{break-inside:avoid}}
`;
