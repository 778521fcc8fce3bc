"""The collector's screens: plain pages rendered here, no script, no outside host.

Read a request top-down: `server` takes it from this machine only, `guard` checks it once more,
`urls` finds the page, `views` gathers and renders; `shown` holds what a page says, `words` the
words for it. Screens read through `desk` and write nothing.
"""
