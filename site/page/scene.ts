// A live page: its controls, its address, its run, and what shows how that stands.

import { readAddress, writeAddress, type Settings } from "./address.ts";
import { createBridge, type Bridge } from "./bridge.ts";
import { startLighting } from "./light.ts";
import type { Configuration, SimulationName } from "../protocol.ts";

export interface Scene<C extends Configuration, Snapshot> {
  readonly simulation: SimulationName;
  readonly settings: Settings<C>;
  /** Shows a snapshot in the figures; returns the texts of elements with data-live, by name. */
  show(snapshot: Snapshot, configuration: C): Readonly<Record<string, string>>;
  /** How far it is, in a few words. */
  progress(snapshot: Snapshot): string;
  /** The command that repeats the run. */
  command(configuration: C): string;
  /** Plays as soon as it is there. Default false. */
  readonly plays?: boolean;
  /** Called when the configuration has changed, before there is a snapshot of it. */
  onChange?(configuration: C): void;
}

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!;

/** Makes the page live. Returns a function that changes settings, as its controls do. */
export function startScene<C extends Configuration, Snapshot>(scene: Scene<C, Snapshot>): (change: Partial<C>) => void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { settings } = scene;
  let { configuration, problems } = readAddress(location.hash, settings);
  const play = find<HTMLButtonElement>('[data-command="play"]');
  const [progress, problem] = [find("[data-progress]"), find("[data-problem]")];
  let playing = false;

  const tell = (text: string): void => {
    problem.textContent = text;
    problem.hidden = text === "";
  };
  const tellProblems = (): void =>
    tell(problems.length > 0 ? `The link is not all right: ${problems.join("; ")}. Defaults stand in.` : "");

  const bridge: Bridge = createBridge<Snapshot>(scene.simulation, {
    onSnapshot({ snapshot, configuration: of, playing: isPlaying, done }) {
      playing = isPlaying;
      play.textContent = isPlaying ? "Pause" : "Play";
      play.disabled = done;
      progress.textContent = scene.progress(snapshot);
      const texts = scene.show(snapshot, of as C);
      for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
        const text = texts[element.dataset.live!];
        const place = element.querySelector(".text > .mord") ?? element; // within a formula there are spaces beside it
        if (text !== undefined && place.textContent !== text) place.textContent = text;
      }
      document.body.dataset.state = done ? "done" : isPlaying ? "playing" : "ready";
    },
    onProblem(message) {
      document.body.dataset.state = "failed";
      progress.textContent = "";
      tell(message);
    },
  });

  const controls = Array.from(document.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[name]")).filter(
    ({ name }) => Object.hasOwn(settings.defaults, name),
  );
  const showControls = (): void => {
    for (const control of controls) {
      const value = configuration[control.name];
      if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = value as boolean;
      else if (control instanceof HTMLInputElement && control.type === "radio")
        control.checked = control.value === String(value);
      else if (control.value !== String(value)) control.value = String(value);
      const output = control.parentElement?.querySelector("output");
      if (output) output.textContent = String(value).replace("-", "−");
    }
    const command = document.querySelector("[data-cli]");
    if (command) command.textContent = scene.command(configuration);
  };

  const apply = (): void => {
    history.replaceState(null, "", writeAddress(configuration));
    showControls();
    scene.onChange?.(configuration);
    bridge.configure(configuration);
  };
  const change = (part: Partial<C>): void => {
    configuration = { ...configuration, ...part };
    apply();
  };

  for (const control of controls)
    control.addEventListener("input", () => {
      const old = configuration[control.name];
      const isNumber = typeof old === "number" || control.type === "number";
      const number = control.value === "" ? "" : Number(control.value);
      const value =
        typeof old === "boolean" ? (control as HTMLInputElement).checked : isNumber ? number : control.value;
      const parsed = settings.schema.shape[control.name].safeParse(value);
      if (!parsed.success) return; // half typed: the browser shows what is wrong with it
      tell("");
      change({ [control.name]: parsed.data } as Partial<C>);
    });

  const commands: Record<string, () => void> = {
    play: () => (playing ? bridge.pause() : bridge.play()),
    step: () => bridge.step(),
    rewind: () => bridge.rewind(),
  };
  for (const [name, act] of Object.entries(commands)) find(`[data-command="${name}"]`).addEventListener("click", act);
  if (still) play.hidden = true; // step mode
  addEventListener("hashchange", () => {
    ({ configuration, problems } = readAddress(location.hash, settings));
    tellProblems();
    apply();
  });

  for (const box of document.querySelectorAll<HTMLInputElement>("[data-numbers]"))
    box.addEventListener("change", () => {
      box.closest(".with-numbers")!.querySelector<HTMLElement>(".numbers")!.hidden = !box.checked;
    });

  tellProblems();
  showControls();
  scene.onChange?.(configuration);
  bridge.configure(configuration);
  const canvas = document.querySelector<HTMLCanvasElement>("canvas[data-arena]");
  if (canvas) bridge.draw(canvas, { still });
  if (scene.plays && !still) bridge.play();
  startLighting();
  return change;
}
