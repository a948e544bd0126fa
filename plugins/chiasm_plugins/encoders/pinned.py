"""Models on the hub whose commit chiasm knows: they are taken at it where a configuration names no revision.

A commit is content-addressed, so the same files come for everybody and for ever. Of models whose main branch holds
pickles alone, the commit is that of the hub's own conversion to safetensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PINNED: Final[Mapping[str, str]] = {
    "google/siglip2-base-patch16-224": "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2",
    "google/siglip-base-patch16-224": "7fd15f0689c79d79e38b1c2e2e2370a7bf2761ed",
    "openai/clip-vit-base-patch32": "b97b0100e55e367c057773c2a614676470b0d575",
    "cross-encoder/ms-marco-MiniLM-L6-v2": "c5ee24cb16019beea0893ab7796b1df96625c6b8",
    "colbert-ir/colbertv2.0": "c1e84128e85ef755c096a95bdb06b47793b13acf",
    "laion/clap-htsat-unfused": "79b58ed25fc00386262a2bea4b19fd21dc4310a0",
}
"""Commit by model id."""
