"""Dunwell: open-source collections for accounts receivable."""

__version__ = "0.1.0"
