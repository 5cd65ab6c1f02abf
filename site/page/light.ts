// Formula, source and figure: whatever has the same data-term is lit together, by pointer, by focus, and for good by a tap.

let pinned: string | undefined;

const termsOf = (target: EventTarget | null): string[] =>
  (target instanceof Element ? target.closest<HTMLElement | SVGElement>("[data-term]") : null)?.dataset.term?.split(
    " ",
  ) ?? [];

function light(terms: readonly string[]): void {
  const focused = termsOf(document.activeElement);
  const shown = terms.length > 0 ? terms : focused.length > 0 ? focused : pinned ? [pinned] : [];
  for (const element of document.querySelectorAll<HTMLElement | SVGElement>("[data-term]"))
    element.classList.toggle(
      "lit",
      element.dataset.term!.split(" ").some((term) => shown.includes(term)),
    );
}

/** To be called once; it holds for elements that come later too, from the next event on. */
export function startLighting(): void {
  document.addEventListener("pointerover", ({ target }) => light(termsOf(target)));
  document.addEventListener("focusin", ({ target }) => light(termsOf(target)));
  document.addEventListener("focusout", () => setTimeout(() => light([])));
  document.addEventListener("click", ({ target }) => {
    const terms = termsOf(target);
    if (terms.length === 0) return;
    pinned = pinned === terms[0] ? undefined : terms[0];
    for (const button of document.querySelectorAll<HTMLElement>("button[data-term]"))
      button.setAttribute("aria-pressed", String(button.dataset.term === pinned));
    light(pinned ? [pinned] : []);
  });
}
