"""The embedded demonstration study."""
