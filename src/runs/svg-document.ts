// What Plot needs of a document to draw an SVG into: elements that are made, joined and written as text. A whole DOM is
// as much code as Plot itself, and takes longer to load than all figures of a report take to draw.

import { escapeXml } from "./markup.ts";

const svg = "http://www.w3.org/2000/svg";

/** An element of an SVG: its attributes, and what is in it. */
export class SvgElement {
  readonly namespaceURI = svg;
  readonly childNodes: (SvgElement | string)[] = [];
  parentNode: SvgElement | null = null;
  readonly #attributes = new Map<string, string>();

  constructor(
    readonly ownerDocument: SvgDocument,
    readonly tagName: string,
  ) {}

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  appendChild(child: SvgElement): SvgElement {
    return this.insertBefore(child, null);
  }

  insertBefore(child: SvgElement, next: SvgElement | null): SvgElement {
    child.remove();
    const place = next === null ? -1 : this.childNodes.indexOf(next);
    this.childNodes.splice(place < 0 ? this.childNodes.length : place, 0, child);
    child.parentNode = this;
    return child;
  }

  remove(): void {
    const siblings = this.parentNode?.childNodes;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }

  set textContent(text: unknown) {
    this.childNodes.splice(0, Infinity, String(text));
  }

  /** The element as XML. */
  get outerHTML(): string {
    const attributes = [...this.#attributes].reverse().map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
    const content = this.childNodes.map((child) => (typeof child === "string" ? escapeXml(child) : child.outerHTML));
    const head = `<${this.tagName}${attributes.join("")}`;
    return content.length === 0 ? `${head} />` : `${head}>${content.join("")}</${this.tagName}>`;
  }
}

/** A document that makes elements, and nothing else. */
export class SvgDocument {
  readonly documentElement = new SvgElement(this, "svg");

  createElementNS(_namespace: string, name: string): SvgElement {
    return new SvgElement(this, name);
  }
}
