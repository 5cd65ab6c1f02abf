// A world of planck that makes contacts in Box2D's order.
import { World } from "planck";

interface Proxy {
  proxyId: number;
}

/** The part of planck's broad phase that finds pairs of fixtures whose boxes overlap. */
interface BroadPhase {
  updatePairs(addPair: (a: Proxy, b: Proxy) => void): void;
}

/**
 * An empty world with this vertical gravity. Box2D sorts new pairs by the numbers of their boxes, planck takes them as
 * it finds them. Contacts are solved in the order in which they are made, and the position solver stops as soon as it
 * is good enough: with planck's order BipedalWalker parts ways with Gymnasium after the first step, by 0.01 rad.
 */
export function planckWorld(gravity: number): World {
  const world = new World({ gravity: { x: 0, y: gravity } });
  const broadPhase = (world as unknown as { m_broadPhase: BroadPhase }).m_broadPhase;
  const findPairs = broadPhase.updatePairs.bind(broadPhase);
  const pairs: [Proxy, Proxy][] = [];
  broadPhase.updatePairs = (addPair) => {
    pairs.length = 0;
    findPairs((a, b) => pairs.push([a, b]));
    pairs.sort(([a, b], [c, d]) => a.proxyId - c.proxyId || b.proxyId - d.proxyId);
    for (const [a, b] of pairs) addPair(a, b);
  };
  return world;
}
