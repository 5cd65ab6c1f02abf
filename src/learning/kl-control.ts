// Steering PPO by the KL divergence: the weight β of a penalty, and the learning rate. Both go up and down by factors.

/** β is kept from so small to so large: no run of halvings or doublings ends it. */
const [smallestCoefficient, largestCoefficient] = [1e-6, 1e6];

/**
 * β for the next update: halved where the KL divergence that the last one came to is below target / 1.5, doubled where
 * it is above 1.5 · target. Schulman et al., "Proximal Policy Optimization Algorithms" (2017), section 4.
 */
export function adaptedKlCoefficient(beta: number, kl: number, target: number): number {
  if (kl > 1.5 * target) return Math.min(beta * 2, largestCoefficient);
  if (kl < target / 1.5) return Math.max(beta / 2, smallestCoefficient);
  return beta;
}

/** Between these the learning rate moves. */
const [smallestRate, largestRate] = [1e-5, 1e-2];

/**
 * The learning rate for the next update: divided by 1.5 where the KL divergence that the last one came to is above 2 ·
 * target, times 1.5 where it is below target / 2, from 1e-5 to 1e-2. The rule of Rudin et al., "Learning to Walk in
 * Minutes Using Massively Parallel Deep Reinforcement Learning" (2022), who apply it at each of 20 minibatches; within
 * updates of hundreds the rate would rise to its bound before the divergence has added up to anything.
 */
export function adaptedLearningRate(rate: number, kl: number, target: number): number {
  if (kl > 2 * target) return Math.max(rate / 1.5, Math.min(rate, smallestRate));
  if (kl < target / 2) return Math.min(rate * 1.5, Math.max(rate, largestRate));
  return rate;
}
