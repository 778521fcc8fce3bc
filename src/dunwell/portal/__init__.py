"""The customer's own pages, behind a link that is theirs alone: read, pay, promise, object, ask.

Read a request top-down: `bounds` refuses what is too large and marks every answer, `urls`
finds the page, `views` opens the link and renders; `forms` is what can be said, `tongue` the
words, in the customer's language. No script, no sign-in, no outside host. Everything goes
through `desk.portal` (the link), `desk.owing` (the account) and `desk.guest` (what is said), which
know one customer of one entity. Must not know: the collector's screens.
"""
