"""chiasm: text, image, audio and video cross. Plugins composed into pipelines over Qdrant."""
