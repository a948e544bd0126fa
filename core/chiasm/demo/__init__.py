"""The demonstration: real media made from what packages carry, indexed, searched across modalities, and reported."""
