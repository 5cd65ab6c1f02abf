"""A whole training in Stable-Baselines3, as its user runs it.

    taskset -c 0 python sb3.py ppo CartPole-v1 --steps 100000 --envs 4 --hp '{"n_steps": 128}' [--until 475] [--threads 1]

--hp: arguments of the constructor; ["linear", x] is a schedule from x to 0. --until ends the training once the mean of the last
100 returns is as high. Prints one JSON line: { peer, steps, wall_s, steps_per_s, mean_last_100 }; the clock runs over `learn`.
"""

import argparse
import json
import time
import warnings

import numpy as np
import stable_baselines3
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("algorithm")
parser.add_argument("env")
parser.add_argument("--steps", type=int, default=100_000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--envs", type=int, default=4)
parser.add_argument("--hp", type=json.loads, default={})
parser.add_argument("--until", type=float)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()


def schedule(value):
    is_linear = isinstance(value, list) and value[0] == "linear"
    return (lambda remaining: remaining * value[1]) if is_linear else value


class StopAtGoal(BaseCallback):
    def _on_step(self):
        episodes = self.model.ep_info_buffer
        return len(episodes) < 100 or np.mean([episode["r"] for episode in episodes]) < arguments.until


torch.set_num_threads(arguments.threads)
kind = getattr(stable_baselines3, arguments.algorithm.upper())
envs = make_vec_env(arguments.env, n_envs=arguments.envs, seed=arguments.seed)
hyperparameters = {name: schedule(value) for name, value in arguments.hp.items()}
model = kind("MlpPolicy", envs, seed=arguments.seed, device="cpu", **hyperparameters)
start = time.perf_counter()
model.learn(arguments.steps, callback=None if arguments.until is None else StopAtGoal())
wall = time.perf_counter() - start
returns = [episode["r"] for episode in model.ep_info_buffer]
print(
    json.dumps(
        {
            "peer": f"stable-baselines3 {stable_baselines3.__version__}",
            "steps": model.num_timesteps,
            "wall_s": wall,
            "steps_per_s": model.num_timesteps / wall,
            "mean_last_100": float(np.mean(returns)) if returns else None,
        }
    )
)
