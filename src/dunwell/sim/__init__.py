"""Scripted customers: a seeded book, and a world that plays it forward day by day.

Knows trade words and payment habits; must not know the store or how we decide. Read `book`
first (one day's ledger), then `world` (the days after it), then `demo` (the seeded company).
"""
