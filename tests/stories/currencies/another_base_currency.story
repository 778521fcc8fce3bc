# The small balance is in the entity's base currency: USD 4.99 is below it where the books are in dollars (SEMANTICS 4.4).
currency USD
2026-02-02 invoice A-1 USD 4.99 due 2026-03-02
between 2026-03-03 and 2026-03-31, always wait below_minimum
between 2026-03-03 and 2026-03-31, never wait no_rate
