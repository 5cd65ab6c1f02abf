// A race: the same work by polgrad and by its peers in turn, and the section of the report that comes of it.
//
// A part is { title, measures, cases, notes? }. A measure is { key, head, factor?, faster? }: what is read of each program's
// result, and which way is faster, "more" or "less", where ratios are to be told. A case is { name, competitors, prefix?, check? }:
// a piece of work, with `at: { panel, x }` where it is a point of a figure; competitors as `inRounds` takes them, those of polgrad with `isOurs: true`; `check(results)` returns
// a note { text, failed }, or undefined.

import { loadavg } from "node:os";
import { inRounds } from "./children.mjs";
import { format, ratios, summarize } from "./statistics.mjs";

/** How many times as fast as the peer polgrad was in each round: { median, min, max }, or undefined where one has no rounds. */
export function fasterBy(ours, peer, { key, faster }) {
  const [own, its] = [ours, peer].map((rounds) => rounds.map((round) => round[key]));
  return faster === "more" ? ratios(own, its) : ratios(its, own);
}

/** Rows of one case: each competitor's measures, then its ratios to each program of polgrad. */
export function rowsOf(name, results, ours, measures) {
  return [...results]
    .filter(([, { rounds }]) => rounds.length > 0)
    .map(([engine, { rounds }]) => [
      `${name}: ${engine}`,
      ...measures.map(({ key, factor = 1 }) =>
        format(summarize(rounds.flatMap((round) => (Number.isFinite(round[key]) ? [round[key] * factor] : [])))),
      ),
      ...measures
        .filter(({ faster }) => faster)
        .flatMap((measure) =>
          ours.map((own) =>
            ours.includes(engine) ? "" : format(fasterBy(results.get(own).rounds, rounds, measure), "×"),
          ),
        ),
    ]);
}

/** Heads of the ratios: what is compared is named where there is more than one measure, and polgrad's program likewise. */
function ratioHeads(measures, ours) {
  const compared = measures.filter(({ faster }) => faster);
  return compared.flatMap(({ head }) =>
    ours.map((own) => `${own}, times as fast${compared.length > 1 ? ` (${head.replace(/, s$/, "")})` : ""}`),
  );
}

/** Runs a part. @returns its section of the report, with `failed` where a check was not passed, and the points of its figure. */
export async function race({ title, measures, cases, notes = [] }, { rounds, prefix, progress, without = [] }) {
  const load = () => loadavg()[0].toFixed(2);
  const loadBefore = load();
  const rows = [];
  const told = new Set(notes);
  // Every case has the same programs of polgrad: one for each Node.
  const ours = cases[0].competitors.filter(({ isOurs }) => isOurs).map(({ name }) => name);
  const leftOut = [];
  const points = [];
  let failed = false;
  for (const { name, competitors, check, at, prefix: own = prefix } of cases) {
    const onRun = (engine, round) => progress(`${name}, round ${round + 1} of ${rounds}, ${engine}`);
    const racing = competitors.filter((competitor) => !without.includes(competitor.name));
    const results = await inRounds(racing, rounds, { prefix: own, onRun });
    rows.push(...rowsOf(name, results, ours, measures));
    for (const [engine, result] of results) {
      if (at && result.rounds.length > 0)
        points.push({ ...at, engine, ...summarize(result.rounds.map((round) => round[measures[0].key])) });
      if (result.failed) leftOut.push({ name, engine, reason: result.failed });
      if (result.rounds[0]?.note) told.add(`${engine}: ${result.rounds[0].note}`);
    }
    const checked = check?.(results);
    if (checked) told.add(`${name}: ${checked.text}`);
    failed ||= checked?.failed ?? false;
  }
  for (const { name, engine, reason } of leftOut) {
    const isInAll =
      leftOut.filter((other) => other.engine === engine && other.reason === reason).length === cases.length;
    told.add(`${engine}${isInAll ? "" : ` (${name})`}: left out (${reason})`);
  }
  told.add(`load average: ${loadBefore} before this part, ${load()} after it`);
  return {
    title,
    head: ["", ...measures.map(({ head }) => head), ...ratioHeads(measures, ours)],
    rows,
    notes: [...told],
    failed,
    points,
  };
}
