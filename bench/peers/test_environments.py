"""The environments of bench/lib/test-environments.mjs for Gymnasium, which `gymnasium.make("test_environments:Puck-v0")`
finds when this folder is in PYTHONPATH. The unending one prints, when the process ends, the sum of its rewards over 1,000
steps, taken over the last 20,000, as the "mean_last_100" of a JSON line."""

import atexit
import json
from collections import deque

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Discrete


class Puck(gym.Env):
    observation_space = Box(-np.inf, np.inf, (6,), np.float32)
    action_space = Box(-1, 1, (2,), np.float32)

    def _observe(self):
        return np.concatenate([self.at, self.velocity, self.target]).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.target = self.np_random.uniform(-1, 1, (2, 2))
        self.velocity, self.t = np.zeros(2), 0
        return self._observe(), {}

    def step(self, action):
        self.velocity = 0.9 * self.velocity + 0.02 * np.asarray(action, np.float64)
        self.at = np.clip(self.at + self.velocity, -1.5, 1.5)
        self.t += 1
        return self._observe(), -float(np.linalg.norm(self.at - self.target)), False, self.t >= 100, {}


class KeyAndDoor(gym.Env):
    observation_space = Box(0, 6, (7,), np.float32)
    action_space = Discrete(4)

    def _observe(self):
        return np.array([*self.at, *self.key, *self.door, self.has_key], np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at, self.key, self.door = (list(map(int, self.np_random.integers(6, size=2))) for _ in range(3))
        self.has_key = self.t = 0
        return self._observe(), {}

    def step(self, action):
        axis = int(action) >> 1
        self.at[axis] = min(5, max(0, self.at[axis] + (-1 if action % 2 == 0 else 1)))
        if self.at == self.key:
            self.has_key = 1
        self.t += 1
        terminated = self.has_key == 1 and self.at == self.door
        return self._observe(), float(terminated), terminated, self.t >= 150 and not terminated, {}


class Examination(gym.Env):
    observation_space = Box(0, 1, (4,), np.float32)
    action_space = Discrete(4)

    def _ask(self):
        self.question = self.np_random.uniform(0, 1, 4).astype(np.float32)
        return self.question

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.right = self.t = 0
        return self._ask(), {}

    def step(self, action):
        self.right += self.question[action] == self.question.max()
        self.t += 1
        terminated = self.t >= 40
        return self._ask(), float(self.right) if terminated else 0.0, terminated, False, {}


class Snake(gym.Env):
    size = 6
    observation_space = Box(-6, 6, (42,), np.float32)
    action_space = Discrete(4)

    def _free(self, cell):
        return 0 <= cell[0] < self.size and 0 <= cell[1] < self.size and cell not in self.body

    def _around(self):
        r, c = self.body[0]
        return [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]

    def _drop(self):
        while True:
            self.apple = tuple(map(int, self.np_random.integers(self.size, size=2)))
            if self.apple not in self.body:
                return

    def _observe(self):
        board = np.zeros((self.size, self.size), np.float32)
        for i, cell in enumerate(self.body):
            board[cell] = 2 if i == 0 else 1
        board[self.apple] = -1
        way = [self.apple[0] - self.body[0][0], self.apple[1] - self.body[0][1]]
        return np.concatenate([board.ravel(), way, [float(self._free(c)) for c in self._around()]]).astype(np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.body, self.hungry = [(3, 3), (3, 2), (3, 1)], 0
        self._drop()
        return self._observe(), {}

    def step(self, action):
        head, tail = self._around()[action], self.body.pop()
        if not self._free(head) or self.hungry >= 60:
            self.body.append(tail)
            return self._observe(), -1.0, True, False, {}
        self.hungry += 1
        self.body.insert(0, head)
        eats = head == self.apple
        if eats:
            self.body.append(tail)
            self.hungry = 0
        is_full = len(self.body) == self.size**2  # where no apple could be dropped any more
        if eats and not is_full:
            self._drop()
        return self._observe(), float(eats), is_full, False, {}


class Tank(gym.Env):
    observation_space = Box(0, np.inf, (3,), np.float32)
    action_space = Box(0, 100, (1,), np.float32)
    rewards = deque(maxlen=20_000)

    def _observe(self):
        return np.array([self.level, self.inflow, self.mark], np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.level, self.inflow, self.mark = self.np_random.uniform(100, 400), 20.0, self.np_random.uniform(100, 400)
        return self._observe(), {}

    def step(self, action):
        self.inflow = float(np.clip(self.inflow + self.np_random.normal(), 5, 35))
        if self.np_random.random() < 0.01:
            self.mark = self.np_random.uniform(100, 400)
        self.level = float(np.clip(self.level + self.inflow - 0.4 * float(np.asarray(action)[0]), 0, 500))
        reward = -abs(self.level - self.mark) / 100
        self.rewards.append(reward)
        return self._observe(), reward, False, False, {}


def tell_of_the_tank():
    if Tank.rewards:
        print(json.dumps({"mean_last_100": 1000 * float(np.mean(Tank.rewards)), "wall_s": None}))


atexit.register(tell_of_the_tank)
for name, kind in {"Puck": Puck, "KeyAndDoor": KeyAndDoor, "Examination": Examination, "Snake": Snake, "Tank": Tank}.items():
    gym.register(f"{name}-v0", entry_point=kind, disable_env_checker=True)
