"""CleanRL's ppo.py, as it is, on one thread and without its log: PYTHONPATH names the folder that has cleanrl/ppo.py.

    taskset -c 0 python cleanrl.py ppo --steps 100000 --seed 1

Prints one JSON line: { peer, steps, wall_s, steps_per_s }; the clock starts before environments and networks are made.
"""

import argparse
import contextlib
import io
import json
import os
import runpy
import sys
import time
import types
import warnings

import torch

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--steps", type=int, default=100_000)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
torch.set_num_threads(1)


class SilentWriter:
    """Stands for TensorBoard's writer."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, _):
        return lambda *_, **__: None


def stand_in(name, **members):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)


stand_in("torch.utils.tensorboard", SummaryWriter=SilentWriter)
# Reads the command line in CleanRL, which is ours here.
stand_in("tyro", cli=lambda kind: kind(total_timesteps=arguments.steps, seed=arguments.seed, cuda=False))

files = [os.path.join(folder, "cleanrl", f"{arguments.program}.py") for folder in sys.path]
file = next((file for file in files if os.path.exists(file)), None)
if file is None:
    sys.exit(f"Error: no folder of PYTHONPATH has cleanrl/{arguments.program}.py")
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    runpy.run_path(file, run_name="__main__")
wall = time.perf_counter() - start
steps = arguments.steps
print(json.dumps({"peer": "cleanrl", "steps": steps, "wall_s": wall, "steps_per_s": steps / wall}))
