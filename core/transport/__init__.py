"""Patients as distributions on a network: metric, distance, clustering."""
