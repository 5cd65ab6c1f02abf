import { describe, expect, test } from "vitest";
import { algorithms } from "../../src/algorithms/index.ts";
import { envIds } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { builtinSuite, builtinSuiteNames } from "../../src/suites/builtin-suites.ts";
import { parseSeeds } from "../../src/suites/file-schema.ts";
import {
  checkJobs,
  envTitle,
  jobId,
  jobOptions,
  jobTitle,
  parseSuite,
  scaleSuite,
  selectJobs,
} from "../../src/suites/suite.ts";
import type { SuiteInput } from "../../src/suites/suite.ts";

const job = { algorithm: "ppo", env: "CartPole-v1" };
const suite = (changes: Partial<SuiteInput> = {}) => parseSuite({ name: "mine", jobs: [job], ...changes }, "s.json");

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("what is left out has a default", () => {
  expect(suite()).toEqual({
    name: "mine",
    summary: "",
    episodes: 100,
    seeds: [1, 2, 3, 4, 5],
    jobs: [{ ...job, options: {}, deterministic: true, target: null, published: [] }],
  });
});

describe("what is wrong is told, with where", () => {
  test.each<[unknown, string]>([
    [[], "s.json is not a suite: Invalid input: expected object, received array"],
    [{ jobs: [job] }, 's.json is not a suite: "name" is missing'],
    [{ name: "a/b", jobs: [job] }, 's.json is not a suite: "name": may have letters'],
    [{ name: "a", jobs: [] }, '"jobs": '],
    [{ name: "a", jobs: [{ algorithm: "ppo" }] }, '"jobs[0].env"'],
    [{ name: "a", seeds: [1, 1], jobs: [job] }, '"seeds": a seed occurs twice'],
    [{ name: "a", seeds: [1.5], jobs: [job] }, '"seeds[0]": '],
    [{ name: "a", episode: 3, jobs: [job] }, 'unknown "episode". Did you mean "episodes"'],
    [{ name: "a", jobs: [{ ...job, tarret: 3 }] }, 'unknown "tarret" in jobs[0]. Did you mean "target"'],
    [
      { name: "a", jobs: [{ ...job, published: [{ value: 1, by: "me", source: "my head" }] }] },
      '"jobs[0].published[0].source": must be the address of a page',
    ],
    [{ name: "a", jobs: [job, job] }, 'jobs[0] and jobs[1] are both "ppo on CartPole-v1": give one of them a "name"'],
  ])("%j", (value, message) => expect(problem(() => parseSuite(value, "s.json"))).toContain(message));

  test("all at once", () => {
    const message = problem(() => parseSuite({ jobs: [{ ...job, target: "x" }], seeds: [] }, "s.json"));
    expect(message.split("\n- ")).toHaveLength(4);
  });

  test("an algorithm or an option that there is not", () => {
    const jobs = suite({
      jobs: [
        { ...job, algorithm: "ppp" },
        { ...job, options: { gama: 0.9 } },
        { ...job, name: "x", options: { seed: 3 } },
        { ...job, name: "y" },
      ],
    }).jobs;
    const message = problem(() => checkJobs(jobs, "mine"));
    expect(message).toContain("the suite mine cannot run:\n- ppp on CartPole-v1: unknown algorithm");
    expect(message).toContain('\n- ppo on CartPole-v1: ppo: unknown option "gama". Did you mean "gamma"');
    expect(message).toContain('\n- x on CartPole-v1: "seed" belongs next to "options", not inside');
    expect(message).not.toContain("y on");
  });
});

test("a job is named by algorithm, name, environment and its options", () => {
  const [one] = suite({
    jobs: [{ ...job, name: "ppo, slow", options: { envOptions: { continuous: true, wind: false, power: 3 } } }],
  }).jobs;
  expect(envTitle(one)).toBe("CartPole-v1, continuous, no wind, power 3");
  expect(jobTitle(one)).toBe("ppo, slow on CartPole-v1, continuous, no wind, power 3");
  expect(jobId(one)).toBe("ppo-slow-CartPole-v1-continuous-no-wind-power-3");
});

test("a fraction scales steps, episodes, presets and defaults alike, and names the suite after it", () => {
  const jobs = [
    { ...job, options: { totalSteps: 50_000 } },
    { ...job, algorithm: "reinforce" }, // its preset counts episodes
    { ...job, env: "Identity-v0" }, // its default is 100,000 steps
    { ...job, algorithm: "unheard-of" },
  ];
  const scaled = scaleSuite(suite({ jobs }), 0.1);
  expect(scaled.name).toBe("mine-x0.1");
  expect(scaled.jobs.slice(0, 3).map((one) => jobOptions(one, 1))).toMatchObject([
    { totalSteps: 5000, totalEpisodes: null },
    { totalSteps: null, totalEpisodes: 200 },
    { totalSteps: 10_000, totalEpisodes: null },
  ]);
  expect(scaled.jobs[3].options).toEqual({});
  expect(scaleSuite(suite(), 1)).toEqual(suite());
});

describe("a pattern selects jobs", () => {
  const { jobs } = suite({
    jobs: [job, { ...job, algorithm: "a2c" }, { ...job, env: "Pendulum-v1" }, { ...job, algorithm: "trpo" }],
  });
  const selected = (pattern: string) => selectJobs(jobs, pattern).map(jobTitle);
  test.each([
    ["ppo", ["ppo on CartPole-v1", "ppo on Pendulum-v1"]],
    ["PENDULUM", ["ppo on Pendulum-v1"]],
    ["trpo,a2c", ["a2c on CartPole-v1", "trpo on CartPole-v1"]],
    ["ppo*cart", ["ppo on CartPole-v1"]],
    ["ppo-CartPole", ["ppo on CartPole-v1"]],
  ])("%s", (pattern, titles) => expect(selected(pattern)).toEqual(titles));

  test("one that matches nothing is told", () => {
    expect(problem(() => selectJobs(jobs, "ppo,dqn"))).toMatch(
      /^no job matches "dqn".* There are ppo on CartPole-v1; /,
    );
    expect(problem(() => selectJobs(jobs, "p.o"))).toContain('no job matches "p.o"');
    expect(problem(() => selectJobs(jobs, ""))).toContain("no job matches");
  });
});

test.each([
  ["3", [3]],
  ["1-4", [1, 2, 3, 4]],
  ["1-2, 101-102,7", [1, 2, 101, 102, 7]],
])("seeds %s", (text, seeds) => expect(parseSeeds(text)).toEqual(seeds));

test.each(["", "x", "4-1", "1-", "1,1", "-3", "1.5"])("seeds %j are refused", (text) => {
  expect(problem(() => parseSeeds(text))).toMatch(/seed/);
});

describe.each(builtinSuiteNames())("the suite %s", (name) => {
  const { jobs } = builtinSuite(name);

  test("names environments that there are, and options that their algorithm has", () => {
    for (const one of jobs) expect(envIds()).toContain(one.env);
    checkJobs(
      jobs.filter(({ algorithm }) => Object.hasOwn(algorithms, algorithm)),
      name,
    );
  });

  test("tells of every published number whose it is and where it stands", () => {
    for (const { published } of jobs)
      for (const { by, source } of published) {
        expect(source).toMatch(/^https:\/\//);
        expect(by).not.toBe("");
      }
  });
});

test("a name that no suite has", () => expect(problem(() => builtinSuite("quik"))).toContain('Did you mean "quick"?'));
