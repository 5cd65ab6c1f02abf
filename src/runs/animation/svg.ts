// An animation as one SVG file that needs nothing else: it moves in any browser, in light and in dark colours.

import { palettes, placeView, type Drawing, type ShapeRole } from "../../envs/index.ts";
import { escapeXml } from "../markup.ts";
import { tracksOf, type Frame, type Track } from "./tracks.ts";

/** What is written below the picture while an episode is played. */
export interface Caption {
  readonly episode: number;
  readonly text: string;
}

const captionHeight = 26;

/**
 * @param frames in the order of their times; at least one
 * @param duration in seconds; then it begins again
 * @param options `title`: what it shows, for readers who cannot see it; the picture is at most `width` × `height` pixels,
 *   default 600 × 400, and the caption below it
 */
export function animationSvg(
  frames: readonly Frame[],
  duration: number,
  captions: readonly Caption[],
  options: { title: string; width?: number; height?: number },
): string {
  const { width, height } = sizeOf(frames[0].drawing.view, options.width ?? 600, options.height ?? 400);
  const { scale } = placeView(frames[0].drawing.view, width, height);
  const animate = (attribute: string, keys: readonly { time: number; value: string }[], discrete = false): string => {
    const all = discrete ? keys : spread(keys, duration);
    const times = all.map(({ time }) => short(time / duration, 4)).join(";");
    const mode = discrete ? ' calcMode="discrete"' : "";
    const values = all.map(({ value }) => value).join(";");
    return `<animate attributeName="${attribute}" dur="${short(duration, 2)}s" repeatCount="indefinite"${mode} keyTimes="${times}" values="${values}"/>`;
  };
  const seen = (switches: readonly number[]): Moving => {
    if (switches.length === 1 && switches[0] === 0) return ["", ""];
    const keys = switches.map((time, k) => ({ time, value: k % 2 === 0 ? "visible" : "hidden" }));
    if (keys[0].time === 0) return ["", animate("visibility", keys, true)];
    return [' visibility="hidden"', animate("visibility", [{ time: 0, value: "hidden" }, ...keys], true)];
  };
  const body = tracksOf(frames, width, height).map((track) => element(track, scale, animate, seen(track.switches)));
  const starts = captions.map(({ episode }) => frames.find((frame) => frame.episode === episode)!.time);
  const texts = captions.map(({ text }, i) => {
    const switches = starts[i + 1] === undefined ? [starts[i]] : [starts[i], starts[i + 1]];
    const [hidden, switched] = seen(switches);
    return `<text x="8" y="${height + 18}" class="ink caption"${hidden}>${escapeXml(text)}${switched}</text>`;
  });
  const progress = [
    { time: 0, value: "0" },
    { time: duration, value: String(width) },
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + captionHeight}" width="${width}" height="${height + captionHeight}" role="img">
<title>${escapeXml(options.title)}</title>
<style>${style(rolesOf(frames))}</style>
<rect width="${width}" height="${height + captionHeight}" class="background"/>
<svg width="${width}" height="${height}">
${body.join("\n")}
</svg>
<rect y="${height}" width="${width}" height="2" class="faint"/>
<rect y="${height}" width="0" height="2" class="body">${animate("width", progress)}</rect>
${texts.join("\n")}
</svg>
`;
}

/** An attribute as it is at the beginning, and its animation; both empty where there is none. */
type Moving = readonly [attribute: string, animation: string];

type Animate = (attribute: string, keys: readonly { time: number; value: string }[]) => string;

function element({ shape, keys }: Track, scale: number, animate: Animate, [hidden, switched]: Moving): string {
  const first = keys[0].numbers;
  const paint = [...classes(shape), ...strokeWidth(shape, scale)].join(" ");
  /** An attribute, and its animation where it changes. */
  const moving = (attribute: string, write: (numbers: readonly number[]) => string): [string, string] => {
    const values = keys.map(({ time, numbers }) => ({ time, value: write(numbers) }));
    const changes = values.some(({ value }) => value !== values[0].value);
    return [`${attribute}="${write(first)}"`, changes ? animate(attribute, values) : ""];
  };
  const whole = (name: string, parts: [string, string][], inside = "") => {
    const content = inside + parts.map(([, animation]) => animation).join("") + switched;
    const attributes = `${parts.map(([attribute]) => attribute).join(" ")} ${paint}${hidden}`;
    return content === "" ? `<${name} ${attributes}/>` : `<${name} ${attributes}>${content}</${name}>`;
  };
  const number = (i: number) => (numbers: readonly number[]) => short(numbers[i], 1);
  switch (shape.kind) {
    case "polygon":
      return whole("polygon", [moving("points", pointsText)]);
    case "line":
      return whole("polyline", [moving("points", pointsText)]);
    case "circle":
      return whole("circle", [moving("cx", number(0)), moving("cy", number(1)), moving("r", number(2))]);
    case "text": {
      const size = `font-size="${short(shape.size * scale, 1)}" text-anchor="middle" dominant-baseline="central"`;
      return whole("text", [moving("x", number(0)), moving("y", number(1)), [size, ""]], escapeXml(shape.text));
    }
  }
}

type Painted = { fill?: ShapeRole; stroke?: ShapeRole; width?: number };

function classes(shape: Painted): string[] {
  const names = [shape.fill ?? "", shape.stroke ? `${shape.stroke}-line` : ""].filter(Boolean);
  return [`class="${names.join(" ")}"`, ...(shape.fill ? [] : ['fill="none"'])];
}

const strokeWidth = (shape: Painted, scale: number): string[] =>
  shape.stroke ? [`stroke-width="${short((shape.width ?? 0) * scale, 2)}"`] : [];

function pointsText(numbers: readonly number[]): string {
  const pairs: string[] = [];
  for (let i = 0; i < numbers.length; i += 2) pairs.push(`${short(numbers[i], 1)},${short(numbers[i + 1], 1)}`);
  return pairs.join(" ");
}

/** Keys from the beginning to the end, as SVG wants them. */
function spread<K extends { time: number }>(keys: readonly K[], duration: number): K[] {
  const all = [...keys];
  if (all[0].time > 0) all.unshift({ ...all[0], time: 0 });
  if (all.at(-1)!.time < duration) all.push({ ...all.at(-1)!, time: duration });
  return all;
}

/** What has a colour: the shapes, and what is around them. */
function rolesOf(frames: readonly Frame[]): Set<ShapeRole> {
  const painted = frames.flatMap(({ drawing }) => drawing.shapes as readonly Painted[]);
  return new Set(["ink", "faint", "body", ...painted.flatMap(({ fill, stroke }) => [fill ?? "ink", stroke ?? "ink"])]);
}

/** Colours by class, for fills and for lines. */
function style(roles: Set<ShapeRole>): string {
  const rules = (palette: (typeof palettes)["light"]) =>
    (["background", ...roles] as const)
      .map((role) => `.${role}{fill:${palette[role]}}.${role}-line{stroke:${palette[role]}}`)
      .join("");
  return (
    "polyline,polygon,circle{stroke-linecap:round;stroke-linejoin:round}" +
    "text{font-family:system-ui,sans-serif}.caption{font-size:13px}" +
    rules(palettes.light) +
    `@media(prefers-color-scheme:dark){${rules(palettes.dark)}}`
  );
}

/** The largest size of the view's proportions within these, in whole pixels. */
export function sizeOf(view: Drawing["view"], width: number, height: number): { width: number; height: number } {
  const scale = Math.min(width / view.width, height / view.height);
  return { width: Math.round(view.width * scale), height: Math.round(view.height * scale) };
}

const short = (x: number, digits: number): string => String(Number(x.toFixed(digits)) + 0);
