"""The working day: gather, decide, record; one file per verb of the trade."""
