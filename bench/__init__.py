"""Benchmarks that compare the product with a hand-written equivalent in one alternating run."""
