// Search over all exports: by parts of their names first, else by words of what they say.

const search = document.querySelector<HTMLInputElement>("#search")!;
const found = document.querySelector("#found")!;
const articles = Array.from(document.querySelectorAll<HTMLElement>("article.export"));

function show(): void {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = (of: (article: HTMLElement) => string): Set<HTMLElement> =>
    new Set(articles.filter((article) => words.every((word) => of(article).includes(word))));
  const byName = matching(({ dataset }) => dataset.name!);
  const shown = byName.size > 0 ? byName : matching(({ textContent }) => textContent.toLowerCase());
  for (const article of articles) article.hidden = !shown.has(article);
  found.textContent = `${shown.size} ${shown.size === 1 ? "export" : "exports"}`;
}

search.addEventListener("input", show);
