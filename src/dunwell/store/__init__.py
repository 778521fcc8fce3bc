"""The book at rest: the only Django models, migrations and SQL."""
