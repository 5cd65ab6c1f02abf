"""One environment of Gymnasium alone, without the wrappers that check its use: random actions, reset at the end of each episode.

    python environment_gymnasium.py --env CartPole-v1 --seconds 1

Prints one JSON line: { peer, env, steps, wall_s, steps_per_s, mean_length, rewards }; rewards is the sum over the first 1,000
steps. The same loop as ../polgrad/environment.mjs.
"""

import argparse
import json
import time
import warnings

import gymnasium

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("--env", default="CartPole-v1")
parser.add_argument("--seconds", type=float, default=1)
arguments = parser.parse_args()

made = gymnasium.make(arguments.env, disable_env_checker=True)
limit = made.spec.max_episode_steps
env = gymnasium.wrappers.TimeLimit(made.unwrapped, limit) if limit else made.unwrapped
env.action_space.seed(1)
actions = [env.action_space.sample() for _ in range(256)]  # what is timed is the environment
env.reset(seed=1)
turn, rewards = 0, 0.0
for _ in range(1000):
    _, reward, terminated, truncated, _ = env.step(actions[turn & 255])
    turn, rewards = turn + 1, rewards + float(reward)
    if terminated or truncated:
        env.reset()


def run(steps):
    """Plays on; the number of episodes that ended."""
    global turn
    episodes = 0
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(actions[turn & 255])
        turn += 1
        if terminated or truncated:
            env.reset()
            episodes += 1
    return episodes


run(500)
steps = 0
episodes = 0
start = time.perf_counter()
while time.perf_counter() - start < arguments.seconds:
    episodes += run(500)
    steps += 500
wall = time.perf_counter() - start
print(
    json.dumps(
        {
            "peer": "gymnasium",
            "env": arguments.env,
            "steps": steps,
            "wall_s": wall,
            "steps_per_s": steps / wall,
            "mean_length": steps / episodes if episodes else None,
            "rewards": rewards,
        }
    )
)
