"""The evidence file: one document, and an archive by which anybody can check it.

`case` is what it tells, `page` the document, `archive` the files, `verify` the check that is
shipped with them. Must not know: the database; `desk.evidence` gathers.
"""
