// Marks of figures: elements of an SVG, found or made by key and then only changed.

const namespace = "http://www.w3.org/2000/svg";

export type Attributes = Readonly<Record<string, string | number>>;

/** Marks in a group of an SVG, one a key. Those that are not set again stay. */
export interface Marks {
  set(key: string, kind: string, attributes: Attributes, text?: string): SVGElement;
  /** Removes marks whose keys are not among these. */
  keep(keys: ReadonlySet<string>): void;
}

export function marksOf(parent: SVGElement): Marks {
  const made = new Map<string, SVGElement>();
  return {
    set(key, kind, attributes, text) {
      let mark = made.get(key);
      if (!mark) {
        mark = document.createElementNS(namespace, kind);
        made.set(key, mark);
        parent.append(mark);
      }
      for (const [name, value] of Object.entries(attributes)) {
        const written = String(value);
        if (mark.getAttribute(name) !== written) mark.setAttribute(name, written);
      }
      if (text !== undefined && mark.textContent !== text) mark.textContent = text;
      return mark;
    },
    keep(keys) {
      for (const [key, mark] of made)
        if (!keys.has(key)) {
          mark.remove();
          made.delete(key);
        }
    },
  };
}

/** A linear scale from numbers to pixels. */
export const scale =
  ([from, to]: readonly [number, number], [first, last]: readonly [number, number]) =>
  (x: number): number =>
    first + ((x - from) / (to - from)) * (last - first);
