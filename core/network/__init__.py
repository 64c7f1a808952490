"""Sparse networks of features, and what two of them share."""
