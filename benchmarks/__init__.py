"""What the program claims about speed and memory, measured: `python -m benchmarks [NAME ...]`."""
