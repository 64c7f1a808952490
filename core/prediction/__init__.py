"""Predicting a class of patients from many columns: arrays in, results out; all of it learnt on training patients."""
