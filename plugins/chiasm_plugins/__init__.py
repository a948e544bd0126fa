"""The built-in plugins of chiasm, written exactly as a third party would."""
