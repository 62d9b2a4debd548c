"""`heyi demo`: the main job on two cases, on real parts, told step by step."""

from api.cli.demo.story import run_demo

__all__ = ["run_demo"]
