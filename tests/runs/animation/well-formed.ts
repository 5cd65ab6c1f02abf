// Whether a text is well-formed XML, as far as an SVG of ours needs: every tag closed in order, attributes quoted, text
// escaped.

/** What is wrong, or null. */
export function xmlProblem(text: string): string | null {
  const open: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      const content = text.slice(at, next < 0 ? undefined : next);
      if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(content)) return `an & that begins nothing in ${JSON.stringify(content)}`;
      if (open.length === 0 && content.trim() !== "") return `text outside of the root: ${JSON.stringify(content)}`;
      at = next < 0 ? text.length : next;
      continue;
    }
    const tag = /^<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/.exec(text.slice(at));
    if (!tag) return `no tag: ${text.slice(at, at + 60)}`;
    const [whole, closes, name, attributes, closed] = tag as unknown as [string, string, string, string, string];
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map(([, attribute]) => attribute);
    if (new Set(names).size < names.length) return `an attribute twice in ${whole}`;
    if (closes) {
      if (open.pop() !== name) return `</${name}> closes something else`;
    } else if (!closed) {
      open.push(name);
    }
    at += whole.length;
  }
  return open.length === 0 ? null : `<${open.at(-1)}> is not closed`;
}
