"""Documents from folders, manifests and Python iterables."""
