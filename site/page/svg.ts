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

/** A figure that is drawn in pixels of the page, as wide as there is room, so that its words are as large as others. */
export interface Figure<Data> {
  show(data: Data): void;
}

/**
 * @param svg with a height of its own
 * @param draw sets the marks for a width
 */
export function createFigure<Data>(
  svg: SVGSVGElement,
  draw: (marks: Marks, data: Data, width: number, height: number) => void,
): Figure<Data> {
  const marks = marksOf(svg);
  let shown: { data: Data } | undefined;
  const redraw = (): void => {
    const { clientWidth: width, clientHeight: height } = svg;
    if (!shown || width === 0) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    draw(marks, shown.data, width, height);
  };
  new ResizeObserver(redraw).observe(svg);
  return {
    show(data) {
      shown = { data };
      redraw();
    },
  };
}

/** Lines and numbers of a vertical axis at these values. */
export function drawScale(
  marks: Marks,
  ticks: readonly number[],
  y: (value: number) => number,
  { left, right, format }: { left: number; right: number; format: (value: number) => string },
): void {
  ticks.forEach((tick, i) => {
    marks.set(`grid ${i}`, "line", {
      x1: left,
      x2: right,
      y1: y(tick),
      y2: y(tick),
      class: tick === 0 ? "axis" : "grid",
    });
    marks.set(`tick ${i}`, "text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end", class: "small" }, format(tick));
  });
}

/** Round numbers from 0 to `top`, three to six of them. */
export function roundTicks(top: number): number[] {
  let step = 1e-6;
  for (let i = 0; top / step > 5; i++) step *= i % 3 === 1 ? 2.5 : 2; // 1, 2, 5, 10, …
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}
