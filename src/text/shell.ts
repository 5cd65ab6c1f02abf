// Command lines that are shown to be typed again.

import { inOneLine } from "./printable.ts";

/** `text` as a shell reads it as one word; control characters in it as bash and zsh read them, in $'…'. */
export function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  const inEscapes = text.replace(/[\\']/g, "\\$&");
  const shown = inOneLine(inEscapes);
  return shown === inEscapes ? `'${text.replaceAll("'", "'\\''")}'` : `$'${shown}'`;
}
