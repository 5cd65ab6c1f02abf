// Text that others wrote, as it can be shown: in a terminal, in a message, in a page.

/** What terminals obey, what reorders a line, what breaks lines, and what XML cannot hold. */
const unprintable = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}\ufffe\uffff]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * `text` with control characters, marks that reorder it and lone surrogates as escapes: `\u001b`. Line feeds stay. JSON
 * stays JSON, and means the same.
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => (character === "\n" ? character : escaped(character)));

/** The same with line feeds as escapes too, for what is to be part of a line. */
export const inOneLine = (text: string): string => text.replace(unprintable, escaped);
