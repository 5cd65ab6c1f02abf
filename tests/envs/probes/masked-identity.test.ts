import { describe, expect, test } from "vitest";
import { MaskedIdentity } from "../../../src/envs/probes/masked-identity.ts";
import { checkEnv, makeEnv } from "../../../src/envs/index.ts";
import { InputError } from "../../../src/errors.ts";

describe("MaskedIdentity-v0", () => {
  test("keeps the contract", async () => {
    const env = await makeEnv("MaskedIdentity-v0");
    expect(() => checkEnv(env)).not.toThrow();
  });

  test("always allows the right action, and another set of the others each time", () => {
    const env = new MaskedIdentity({ n: 5 });
    let { observation } = env.reset(0);
    const masks = new Set<string>();
    for (let t = 1; t <= 100; t++) {
      const mask = [...env.actionMask()];
      masks.add(mask.join(""));
      expect(mask[observation]).toBe(1);
      const wrong = mask.findIndex((allowed, action) => allowed === 1 && action !== observation);
      const right = t % 2 === 0 || wrong < 0;
      const result = env.step(right ? observation : wrong);
      expect(result).toMatchObject({ reward: right ? 1 : 0, terminated: false, truncated: t === 100 });
      ({ observation } = result);
    }
    expect(masks.size).toBeGreaterThan(20);
  });

  test("throws at a forbidden action, naming those that are allowed", () => {
    const env = new MaskedIdentity();
    env.reset(1);
    const mask = [...env.actionMask()];
    const allowed = mask.flatMap((entry, action) => (entry ? [action] : []));
    expect(mask).toContain(0);
    expect(() => env.step(mask.indexOf(0))).toThrow(`forbidden now; allowed are ${allowed.join(", ")}`);
    for (const action of [6, -1, 0.5, NaN]) expect(() => env.step(action)).toThrow(/forbidden/);
  });

  test("a saved state keeps the mask", () => {
    const [one, other] = [new MaskedIdentity(), new MaskedIdentity()];
    one.reset(5);
    other.reset(6);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    for (let t = 0; t < 20; t++) {
      expect(other.actionMask()).toEqual(one.actionMask());
      const action = one.actionMask().lastIndexOf(1);
      expect(other.step(action)).toEqual(one.step(action));
    }
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("MaskedIdentity-v0", { episodeLength: 0 })).rejects.toThrow(InputError);
    await expect(makeEnv("MaskedIdentity-v0", { masks: 1 })).rejects.toThrow(/no option "masks"/);
  });
});
