import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { SvgDocument, type SvgElement } from "../../src/runs/svg-document.ts";

test("Plot draws the same into it as into a whole document", () => {
  const points = Array.from({ length: 20 }, (_, i) => ({ x: i, y: (i * 7) % 11, name: i % 2 ? 'a "b"' : "c < d & e" }));
  const drawn = (document: unknown) => {
    const figure = Plot.plot({
      document: document as Document,
      className: "plot",
      grid: true,
      marks: [
        Plot.areaY(points, { x: "x", y1: 0, y2: "y", fill: "name", fillOpacity: 0.2 }),
        Plot.line(points, { x: "x", y: "y", stroke: "name" }),
        Plot.dot(points, { x: "x", y: "y", symbol: "name", title: "name" }),
        Plot.link(points, { x1: "x", y1: 0, x2: "x", y2: "y" }),
        Plot.text(points, { x: "x", y: "y", text: ({ name }) => `${name}\n${name}` }),
        Plot.ruleX([3], { strokeDasharray: "1 2" }),
        Plot.tickX(points, { x: "x" }),
        Plot.barY(points, { x: "x", y: "y" }),
      ],
    }) as unknown as SvgElement;
    return figure.outerHTML.replaceAll("&quot;", '"');
  };
  expect(drawn(new SvgDocument())).toBe(drawn(parseHTML("<!doctype html><html></html>").document));
});
