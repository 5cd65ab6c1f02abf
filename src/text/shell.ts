// Command lines that are shown to be typed again.

/** `text` as a shell reads it as one word. */
export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
