"""Kernel provisioners of jupyter_client: how a kernel is kept apart from all else."""
