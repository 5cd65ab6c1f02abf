// What every page does: questions are answered after a guess, and the site is kept for when there is no network.

for (const question of document.querySelectorAll<HTMLFormElement>("form.predict"))
  question.addEventListener("change", () => {
    const answer = question.querySelector<HTMLElement>(".answer")!;
    const chosen = question.querySelector<HTMLInputElement>("input:checked")!;
    question.querySelector<HTMLElement>(".verdict")!.textContent =
      chosen.value === "right" ? "That is what happens. " : "Something else happens. ";
    answer.hidden = false;
  });

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]"))
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(document.querySelector(button.dataset.copy!)!.textContent ?? "").then(() => {
      button.textContent = "Copied";
    });
  });

if ("serviceWorker" in navigator && import.meta.env.PROD)
  addEventListener("load", () => {
    const { base } = document.documentElement.dataset;
    // Not before the run has begun: what it fetches for later would be in the way.
    setTimeout(
      () =>
        void navigator.serviceWorker
          .register(new URL(`${base}service-worker.js`, location.href))
          .catch(() => undefined),
      1500,
    );
  });
