"""Every write, one file a noun, one short transaction each. Only `desk` and `store` import it."""
