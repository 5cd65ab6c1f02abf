"""Gymnasium's own LunarLander-v3 where pygame, which only draws it, is not installed: `gymnasium.make("lunar_lander:LunarLander-v3")`
finds this module when its folder is in PYTHONPATH. Box2D is needed all the same."""

import importlib.util
import sys
import types

if importlib.util.find_spec("pygame") is None:
    # Gymnasium imports pygame with the whole group of environments, because CarRacing needs it.
    pygame = sys.modules["pygame"] = types.ModuleType("pygame")
    pygame.gfxdraw = sys.modules["pygame.gfxdraw"] = types.ModuleType("pygame.gfxdraw")
