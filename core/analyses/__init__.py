"""The questions that can be asked: one file each, found by the registry."""
