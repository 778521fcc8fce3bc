"""Settings and wiring, nothing else."""

from dunwell.store.connect import migrate, setup

__all__ = ["migrate", "setup"]
