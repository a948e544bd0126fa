"""Configuration: YAML and Python make the same objects."""

from chiasm.config.model import Encode, Fuse, PipelineConfig, Translate, Use, encode, fuse, translate, use

__all__ = ["Encode", "Fuse", "PipelineConfig", "Translate", "Use", "encode", "fuse", "translate", "use"]
