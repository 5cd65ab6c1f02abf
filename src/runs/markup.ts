// Text and colours as they stand in HTML, XML and CSS.

import { printable } from "../text/printable.ts";

/** Text as it can stand in HTML and XML, between tags and in quoted attributes. */
export function escapeXml(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A symbol, so that nothing that was read from a file can pass for markup. */
const isMarkup = Symbol("markup");

/** HTML that stands as it is in other {@link markup}. */
export interface Markup {
  readonly [isMarkup]: true;
  readonly text: string;
}

/** Text that is HTML already, such as a drawing. */
export const raw = (text: string): Markup => ({ [isMarkup]: true, text });

/**
 * HTML from a template. What is put in is text, and escaped, whatever its type; other markup stays as it is, and a list
 * of it is joined.
 */
export const markup = (literals: TemplateStringsArray, ...parts: readonly unknown[]): Markup =>
  raw(literals.map((literal, i) => (i === 0 ? literal : written(parts[i - 1]) + literal)).join(""));

function written(part: unknown): string {
  if (Array.isArray(part)) return part.map(written).join("");
  const isReady = typeof part === "object" && part !== null && isMarkup in part;
  return isReady ? (part as Markup).text : escapeXml(String(part));
}

/** Nothing. */
export const nothing = raw("");

/** Markup side by side, with what stands between. */
export const joined = (parts: readonly Markup[], between: string): Markup =>
  raw(parts.map(({ text }) => text).join(between));

/** Colours by name as CSS custom properties. */
export const cssVariables = (colors: Readonly<Record<string, string>>): string =>
  Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
