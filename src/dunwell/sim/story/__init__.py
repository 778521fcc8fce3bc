"""Stories: a book, a calendar and expectations, on one page a finance person can read.

The runner plays every day from the first line to the last: what happened without an hour, one
look at night, then what happened by the clock, messages going out at their slot. It uses the
core alone, so that a story about a policy runs in milliseconds; the same file serves engine
tests and users' policies (DATA.md 3.8). Grammar: docs/reference/stories.md. Read top-down:
`told` is the front door, `forms` and `expect` the language, `who` and `happen` the events;
`player`, `hand_over`, `agreed` and `ledger` are the world they are played in, `sources` its
policies and calendars.
"""

from dunwell.sim.story.expect import say
from dunwell.sim.story.player import Player
from dunwell.sim.story.sources import calendar_of, policies_near
from dunwell.sim.story.told import Check, Failure, Story, Told, parse, tell, tell_file, tell_text

__all__ = [
    "Check",
    "Failure",
    "Player",
    "Story",
    "Told",
    "calendar_of",
    "parse",
    "policies_near",
    "say",
    "tell",
    "tell_file",
    "tell_text",
]
