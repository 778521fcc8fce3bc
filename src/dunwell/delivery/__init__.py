"""Actions going out: one folder per channel, one renderer for all."""
