"""Code that a model writes, run on real kernels: pool, sessions, executions, outputs. No HTTP."""
