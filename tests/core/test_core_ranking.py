"""The worklist in small books: who stands before whom, who is left out, and why (SEMANTICS 10)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.core import candidate, ranking, tasks
from dunwell.core.candidate import Candidate, Habit, ToDo

TODAY = dt.date(2026, 3, 2)  # a Monday
FRIDAY = dt.date(2026, 2, 27)


def ago(days: int) -> dt.date:
    """Return the day so many days before today."""
    return TODAY - dt.timedelta(days=days)


def owes(
    customer: str,
    amount: int,
    *,
    late: int = 10,
    heard: int | None = None,
    contacted: int | None = None,
    habit: Habit = candidate.NO_HABIT,
    **said: Any,
) -> Candidate:
    """A customer who owes so many euros, so many days late, and was heard lately.

    `heard` and `contacted` are days ago; by default the customer was heard 3 days ago, and
    nobody has written since the debt fell due.
    """
    band = next((n for n, last in enumerate(candidate.BANDS) if late <= last), len(candidate.BANDS))
    by_age = [0] * len(candidate.NO_BANDS)
    by_age[band] = amount * 100
    given: dict[str, Any] = {
        "entity": "MAIN", "owner": "ben", "currency": "EUR", "amounts": (("EUR", amount * 100),),
        "by_age": tuple(by_age), "oldest_due_on": ago(late), "is_overdue": True,
        "heard_on": ago(3 if heard is None else heard), "since_on": FRIDAY, "habit": habit,
        "contacted_on": None if contacted is None else ago(contacted),
        "small_balance_minor": 500,
    }  # fmt: skip
    return Candidate(customer=customer, **given | said)


def nothing(customer: str, *covers: str, is_overdue: bool = True, **said: Any) -> Candidate:
    """A customer of whom nothing can be pursued; `covers` are the stops that say why not."""
    return owes(customer, 0, amounts=(), is_overdue=is_overdue, covers=covers, **said)


def pays(likelihood: int, *, recent: int | None = None, earlier: int | None = None) -> Habit:
    """A habit: how likely payment is, and days late in the last cycles and before."""
    return Habit("fair", likelihood, recent, earlier)


def graded(grade: str) -> Habit:
    """A grade, with no likelihood known."""
    return Habit(grade)


def to_do(action: str, *, due: int | None = None, who: str = "ben", about: str = "") -> ToDo:
    """Something to do, due so many days ago."""
    return ToDo(action, who, None if due is None else ago(due), about)


def listed(rows: list[Candidate], **said: Any) -> ranking.Worklist:
    """Return the worklist of today."""
    return ranking.rank(rows, as_of=TODAY, **said)


def told(found: ranking.Worklist) -> str:
    """Write a list as the table of books does: who stands, then how many are left out and why."""
    stand = " ".join(r.of.customer for r in found.rows)
    out = ", ".join(f"{n} {reason}" for reason, n in found.left_out.items())
    return f"{stand} | {out}" if out else stand


CALL = to_do("call", due=0)
BOOKS: list[tuple[str, list[Candidate], str]] = [
    # --- cash first
    ("a large sum a little late goes before a small one very late",
     [owes("OLD", 400, late=60), owes("BIG", 80_000, late=10)], "BIG OLD"),
    ("whatever lifts it, a small sum stays below",
     [owes("OLD", 400, late=200, heard=200, broken_promises=9, habit=pays(1, recent=90, earlier=1),
           to_dos=(to_do("answer_dispute", due=30), to_do("call", due=30))),
      owes("BIG", 80_000, late=1, habit=pays(99))], "BIG OLD"),
    ("of the same risk, the larger sum first",
     [owes("A", 1_000), owes("B", 3_000), owes("C", 2_000)], "B C A"),
    ("several ages of one customer add up",
     [owes("A", 1_500), owes("B", 0, by_age=(100_000, 0, 80_000, 0, 0))], "B A"),
    ("of equal rows, the one due longest first",
     [owes("A", 1_000, late=12), owes("B", 1_000, late=29), owes("C", 1_000, late=12)], "B A C"),
    ("of rows equal in all, the first by name",
     [owes("B", 1_000), owes("A", 1_000)], "A B"),
    ("one customer of two entities stands twice",
     [owes("A", 1_000, entity="UK"), owes("A", 1_000, entity="DE"), owes("A", 9, entity="FR")],
     "A A A"),
    # --- the risk that it does not come by itself
    ("of the same sum, who is less likely to pay first",
     [owes("A", 1_000, habit=pays(90)), owes("B", 1_000, habit=pays(40))], "B A"),
    ("a smaller sum of somebody unlikely to pay goes before a larger one that will come",
     [owes("A", 1_000, habit=pays(95)), owes("B", 400, habit=pays(20))], "B A"),
    ("of the same sum and habit, the later one first",
     [owes("A", 1_000, late=5), owes("B", 1_000, late=95), owes("C", 1_000, late=40)], "B C A"),
    ("an old residue does not make a fresh large sum risky",
     [owes("A", 0, by_age=(1_000_00, 0, 0, 0, 1_00)), owes("B", 0, by_age=(0, 900_00, 0, 0, 0))],
     "B A"),
    ("where no likelihood is known the grade speaks",
     [owes("A", 1_000, habit=graded("excellent")), owes("B", 1_000, habit=graded("poor")),
      owes("C", 1_000, habit=graded("good")), owes("D", 1_000, habit=graded("fair"))], "B D C A"),
    ("unknown stands between good and fair",
     [owes("A", 1_000, habit=graded("good")), owes("B", 1_000), owes("C", 1_000,
      habit=graded("fair"))], "C B A"),
    ("a likelihood goes before the grade",
     [owes("A", 1_000, habit=Habit("poor", 90)), owes("B", 1_000, habit=Habit("excellent", 30))],
     "B A"),
    ("no risk is so low that a sum counts for nothing",
     [owes("A", 90, habit=graded("poor")), owes("B", 90_000, habit=pays(100))], "B A"),
    ("no risk is so high that a sum counts twice",
     [owes("A", 1_000, late=200, habit=pays(0)), owes("B", 1_001, late=9, habit=pays(5))], "B A"),
    # --- large balances gone silent
    ("a balance gone silent for 30 days is lifted",
     [owes("A", 1_000, late=40), owes("B", 1_000, late=40, heard=30)], "B A"),
    ("one gone silent for 60 days is lifted further",
     [owes("A", 1_000, late=90, heard=59), owes("B", 1_000, late=90, heard=60)], "B A"),
    ("29 days are no silence", [owes("A", 1_001, late=40), owes("B", 1_000, late=40, heard=29)],
     "A B"),
    ("silence from before the debt fell due does not count",
     [owes("A", 1_001, late=12), owes("B", 1_000, late=12, heard=300)], "A B"),
    ("who was never heard is silent since the debt fell due",
     [owes("A", 1_000, late=40), owes("B", 1_000, late=40, heard_on=None)], "B A"),
    ("what we wrote breaks no silence",
     [owes("A", 1_000, late=40), owes("B", 1_000, late=40, heard=40, contacted=5)], "B A"),
    ("silent and left alone by us stands higher still",
     [owes("A", 1_000, late=40, heard=40, contacted=5),
      owes("B", 1_000, late=40, heard=40, contacted=30)], "B A"),
    ("of two, both are large enough",
     [owes("BIG", 100_000, late=40), owes("A", 99, late=40, heard=40)], "BIG A"),
    ("only balances from the middle up are lifted for their silence",
     [owes("BIG", 100_000, late=40), owes("A", 100, late=40), owes("B", 99, late=40, heard=40)],
     "BIG A B"),
    # --- broken promises
    ("a broken promise lifts", [owes("A", 1_000), owes("B", 1_000, broken_promises=1)], "B A"),
    ("two lift further",
     [owes("A", 1_000, broken_promises=1), owes("B", 1_000, broken_promises=2)], "B A"),
    ("a broken promise outweighs a slightly larger sum",
     [owes("A", 1_200), owes("B", 1_000, broken_promises=1)], "B A"),
    ("and no much larger one", [owes("A", 1_300), owes("B", 1_000, broken_promises=1)], "A B"),
    # --- worsening payers
    ("who pays a week later than before is lifted",
     [owes("A", 1_000, habit=pays(60, recent=17, earlier=11)),
      owes("B", 1_000, habit=pays(60, recent=18, earlier=11))], "B A"),
    ("three weeks later lift further",
     [owes("A", 1_000, habit=pays(60, recent=20, earlier=0)),
      owes("B", 1_000, habit=pays(60, recent=21, earlier=0))], "B A"),
    ("who always paid late is not worsening",
     [owes("A", 1_000, habit=pays(60, recent=40, earlier=40)),
      owes("B", 1_000, habit=pays(60, recent=10, earlier=1))], "B A"),
    ("who pays better now is not lifted",
     [owes("A", 1_001), owes("B", 1_000, habit=Habit(recent_days=1, earlier_days=30))], "A B"),
    ("who has no earlier cycles is not lifted",
     [owes("A", 1_001), owes("B", 1_000, habit=Habit(recent_days=30))], "A B"),
    # --- disputes and tasks past due
    ("a dispute past due lifts",
     [owes("A", 1_000), owes("B", 1_000, to_dos=(to_do("answer_dispute", due=1),))], "B A"),
    ("a dispute due today does not yet",
     [owes("A", 1_001), owes("B", 1_000, to_dos=(to_do("answer_dispute", due=0),))], "A B"),
    ("a task past due lifts",
     [owes("A", 1_001, to_dos=(CALL,)), owes("B", 1_000, to_dos=(to_do("call", due=1),))], "B A"),
    ("a dispute past due lifts more than a task",
     [owes("A", 1_000, to_dos=(to_do("call", due=1),)),
      owes("B", 1_000, to_dos=(to_do("answer_dispute", due=1),))], "B A"),
    ("several tasks past due lift once",
     [owes("A", 1_001, to_dos=(to_do("call", due=1),)),
      owes("B", 1_000, to_dos=(to_do("call", due=1), to_do("follow_up", due=9)))], "A B"),
    ("lifts add up",
     [owes("A", 1_000, broken_promises=1),
      owes("B", 1_000, broken_promises=1, to_dos=(to_do("call", due=1),))], "B A"),
    # --- nothing to do: left out and counted
    ("what is not due", [owes("A", 1_000), nothing("B", is_overdue=False)], "A | 1 not_due"),
    ("an open promise", [owes("A", 1_000), nothing("B", "promise")], "A | 1 promise_open"),
    ("a plan that runs", [nothing("B", "plan"), nothing("C", "plan")], " | 2 plan_running"),
    ("a dispute that has an owner and time", [nothing("B", "dispute")], " | 1 disputed"),
    ("a hold, a pause asked by sales",
     [nothing("B", "hold"), nothing("C", "commercial_pause")], " | 2 on_hold"),
    ("what an agency has, or was given up",
     [nothing("B", "placement"), nothing("C", "written_off")], " | 2 placed"),
    ("an insolvency, a lawyer, a wish for silence",
     [nothing("B", "insolvency"), nothing("C", "legal_representation"), nothing("D", "ceased")],
     " | 1 insolvent, 1 legal_representation, 1 ceased"),
    ("what the bank collects", [nothing("B", "automatic_collection")],
     " | 1 automatic_collection"),
    ("what credit covers", [nothing("B")], " | 1 cash_unapplied"),
    ("of several stops, the stronger reason is counted",
     [nothing("B", "dispute", "promise", "hold")], " | 1 on_hold"),
    ("who was contacted yesterday, or on the working day before",
     [owes("A", 1_000, contacted=4), owes("B", 1_000, contacted=1), owes("C", 1_000, contacted=3)],
     "A | 2 contacted"),
    ("to whom a message is on its way",
     [owes("A", 1_000), owes("B", 9_000, is_under_way=True)], "A | 1 in_flight"),
    ("less than the small balance", [owes("A", 5), owes("B", 4)], "A | 1 below_minimum"),
    ("a promise over a part leaves the rest", [owes("A", 700, covers=("promise",))], "A"),
    # --- something to do goes before every reason to leave out
    ("a reply to read, whatever is promised",
     [owes("A", 1_000), nothing("B", "promise", to_dos=(to_do("read_reply"),))], "A B"),
    ("a task due, though somebody wrote yesterday",
     [owes("A", 1_000), owes("B", 2_000, contacted=1, to_dos=(CALL,))], "B A"),
    ("a question asked, though a message is on its way",
     [owes("B", 2_000, is_under_way=True, to_dos=(to_do("approve"),))], "B"),
    ("with nothing at stake, what is past due first, then what is due",
     [nothing("A", "hold", to_dos=(to_do("follow_up", due=0),)),
      nothing("B", "hold", to_dos=(to_do("follow_up", due=2),)),
      nothing("C", "hold", to_dos=(to_do("follow_up", due=1),))], "B C A"),
    ("what lacks a rate is not lost",
     [owes("A", 1_000), owes("B", 0, amounts=(("USD", 500),), unrated=("USD",))], "A B"),
]  # fmt: skip


@pytest.mark.parametrize(("book", "order"), [b[1:] for b in BOOKS], ids=[b[0] for b in BOOKS])
def test_a_book_is_ranked(book: list[Candidate], order: str) -> None:
    """Each book comes out in the order its line says, whichever way round it is read."""
    assert told(listed(book)) == order
    assert told(listed(book[::-1])) == order


def test_there_are_enough_books() -> None:
    """The table is the contract of the order: it stays long enough to be one."""
    assert len({title for title, _, _ in BOOKS}) == len(BOOKS) >= 40


# --- capacity and whose it is -----------------------------------------------------------------


def test_what_fits_in_a_day_is_marked_for_each_person() -> None:
    """With room for two, each person's first two fit; without a limit all do."""
    rows = [owes(name, amount, owner=owner) for name, amount, owner in (
        ("A", 9_000, "ben"), ("B", 8_000, "ben"), ("C", 7_000, "ben"), ("D", 6_000, "eva"),
    )]  # fmt: skip
    found = listed(rows, capacity=2)
    assert [(r.of.customer, r.fits) for r in found.rows] == [
        ("A", True), ("B", True), ("C", False), ("D", True),
    ]  # fmt: skip
    assert all(r.fits for r in listed(rows).rows)


def test_one_persons_list_has_places_and_counts_of_its_own() -> None:
    """A row belongs to whoever must do it, who is left out to the owner of the account."""
    rows = [
        owes("A", 9_000, owner="ben"),
        owes("B", 8_000, owner="ben", to_dos=(to_do("approve", who="eva"),)),
        owes("C", 7_000, owner="eva"),
        nothing("D", "promise", owner="eva"), nothing("E", "promise", owner="ben"),
    ]  # fmt: skip
    found = listed(rows, owner="eva", capacity=1)
    assert [(r.rank, r.of.customer, r.fits) for r in found.rows] == [
        (1, "B", True),
        (2, "C", False),
    ]
    assert found.left_out == {"promise_open": 1}


# --- what comes next ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "action"),
    [
        (owes("A", 1_000), "call"),
        (owes("A", 1_000, has_number=False), "find_contact"),
        (owes("A", 1_000, reason="no_route"), "find_contact"),
        (owes("A", 1_000, reason="cadence_ended"), "decide_outcome"),
        (owes("A", 1_000, reason="too_soon"), "call"),
        (owes("A", 1_000, in_hardship=True), "offer_plan"),
        (owes("A", 1_000, broken_promises=2, may_have_plan=True), "offer_plan"),
        (owes("A", 1_000, broken_promises=2), "call"),
        (owes("A", 1_000, broken_promises=1, may_have_plan=True), "call"),
        (owes("A", 0, amounts=(("USD", 500),), unrated=("USD",)), "review"),
        # what stands as a task goes first, the more urgent one before the others
        (owes("A", 1_000, reason="no_route", to_dos=(to_do("follow_up"),)), "follow_up"),
        (owes("A", 1_000, to_dos=(to_do("call", due=9), to_do("read_reply"))), "read_reply"),
        (owes("A", 1_000, to_dos=(to_do("read_reply"), to_do("approve"))), "approve"),
    ],
)
def test_what_comes_next_follows_from_what_stands(row: Candidate, action: str) -> None:
    """Tasks and questions first, then the reason in force, then a call if there is a number."""
    (found,) = listed([row]).rows
    assert found.next_action == action


def test_of_two_calls_the_one_due_first_is_named() -> None:
    """Owner, day and number of the row are those of what comes next."""
    later = ToDo("call", "eva", TODAY, "call", 7)
    first = ToDo("call", "ben", ago(2), "broken_promise", 9)
    (found,) = listed([owes("A", 1_000, to_dos=(later, first))]).rows
    assert (found.responsible, found.due_on, found.task) == ("ben", ago(2), 9)


def test_every_kind_of_task_and_reason_leads_to_an_action_with_words() -> None:
    """Whatever comes next has words that say why; tasks that exist are those named."""
    named = {*candidate.OF_TASK.values(), *ranking.OF_REASON.values()}
    assert named <= set(candidate.ACTIONS)
    assert set(candidate.OF_TASK) <= set(tasks.KINDS)
    assert set(tasks.KINDS) >= candidate.LATER


# --- the sentence why -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (owes("A", 1_000, late=10), "EUR 1,000.00 overdue, the oldest since 20 February 2026."),
        (owes("A", 1_000, late=40, heard=40, broken_promises=2,
              habit=pays(60, recent=30, earlier=9)),
         "Not heard from since 21 January 2026; nobody wrote or called; 2 promises were broken;"
         " pays 30 days late now, 9 before; EUR 1,000.00 overdue, the oldest since 21 January"
         " 2026."),
        (owes("A", 1_000, late=40, heard=35, contacted=31, broken_promises=1),
         "Not heard from since 26 January 2026; nobody wrote or called since 30 January 2026; a"
         " promise was broken; EUR 1,000.00 overdue, the oldest since 21 January 2026."),
        (owes("A", 1_000, reason="requirement_missing", late=10),
         "The next step waits for something that has not happened; EUR 1,000.00 overdue, the"
         " oldest since 20 February 2026."),
        (nothing("A", "promise", to_dos=(to_do("read_reply", due=0, about="read_reply"),)),
         "A reply waits to be read, due 2 March 2026; nothing overdue can be pursued at the"
         " moment."),
        (owes("A", 1_000, reason="no_route", late=10),
         "Nobody there can be reached; EUR 1,000.00 overdue, the oldest since 20 February 2026."),
        (owes("A", 0, amounts=(("EUR", 100), ("USD", 500)), by_age=(100, 0, 0, 0, 0),
              unrated=("USD",), to_dos=(to_do("approve", about="legal_referral"),),
              small_balance_minor=0),
         "An approval waits: legal referral; EUR 1.00 and USD 5.00 overdue, the oldest since 20"
         " February 2026; no rate is known for USD."),
    ],
)  # fmt: skip
def test_one_sentence_says_why(row: Candidate, why: str) -> None:
    """What waits for a person first, then what lifts the row, then the money."""
    (found,) = listed([row]).rows
    assert found.why == why
    assert found.why.count(". ") == 0


# --- what holds for every book ----------------------------------------------------------------

ROWS = st.builds(
    owes,
    st.sampled_from("ABCDEFGH"),
    st.integers(5, 100_000),
    late=st.integers(1, 400),
    heard=st.integers(0, 400),
    contacted=st.none() | st.integers(4, 400),
    broken_promises=st.integers(0, 5),
    habit=st.builds(
        Habit,
        st.sampled_from(["excellent", "good", "fair", "poor", "unknown"]),
        st.none() | st.integers(0, 100),
        st.none() | st.integers(0, 200),
        st.none() | st.integers(0, 200),
    ),
    to_dos=st.lists(
        st.builds(to_do, st.sampled_from(sorted(candidate.ACTIONS)), due=st.integers(-9, 99)),
        max_size=3,
    ).map(tuple),
)


@given(st.lists(ROWS, max_size=8))
def test_cash_comes_first_whatever_lifts_a_row(rows: list[Candidate]) -> None:
    """Whoever owes 57 times as much stands before, whatever the risk and the lifts."""
    found = [r.at_stake_minor for r in listed(rows).rows]
    assert all(found[n] * 57 > later for n, _ in enumerate(found) for later in found[n + 1 :])


@given(
    st.lists(ROWS, max_size=4, unique_by=lambda r: r.customer), st.randoms(use_true_random=False)
)
def test_the_order_of_reading_changes_nothing(rows: list[Candidate], shuffle: Any) -> None:
    """The same rows give the same list, whichever way they come."""
    again = list(rows)
    shuffle.shuffle(again)
    assert [r.of for r in listed(rows).rows] == [r.of for r in listed(again).rows]


@given(
    st.lists(ROWS, max_size=12, unique_by=lambda r: r.customer),
    st.lists(ROWS, max_size=6, unique_by=lambda r: r.customer),
    st.sets(st.sampled_from("ABCDEFGH")),
    st.sampled_from((None, 1, 2)),
)
def test_rows_put_in_anew_stand_where_all_read_anew_would_have_them(
    rows: list[Candidate], later: list[Candidate], gone: set[str], capacity: int | None
) -> None:
    """Whoever goes, comes or is another now: the list is that of the book as it is."""
    left = {r.customer: r for r in rows if r.customer not in gone}
    kept = ranking.Order(rows, as_of=TODAY).again([("MAIN", c) for c in gone], later)
    anew = listed([*(left | {r.customer: r for r in later}).values()], capacity=capacity)
    again = kept.listed(capacity)
    assert list(again.rows) == list(anew.rows)
    assert (again.left_out, again.fitting) == (anew.left_out, sum(r.fits for r in anew.rows))
    assert again.at_stake_minor == sum(r.at_stake_minor for r in anew.rows)


@given(ROWS)
def test_the_risk_is_never_certain(row: Candidate) -> None:
    """Neither that it comes nor that it does not."""
    (found,) = listed([row]).rows
    assert ranking.LEAST_RISK <= found.risk <= ranking.MOST_RISK


class Even:
    """A risk that is the same for everybody."""

    def percent(self, row: Candidate) -> int:
        """Return fifty, whoever it is."""
        del row
        return 50


def test_another_risk_fits_behind_the_same_seam() -> None:
    """With one risk for all, only cash and lifts decide."""
    rows = [owes("A", 1_001, habit=pays(99)), owes("B", 1_000, habit=pays(0))]
    assert told(listed(rows, risk=Even())) == "A B"
    assert told(listed(rows)) == "B A"


# --- the pages ------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


def table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of a page's table whose heading row begins with these words."""
    (text,) = re.findall(
        rf"^\| {heading} \|.*?\n(.*?)(?:\n\n|\Z)",
        (DOCS / page).read_text("utf-8"),
        flags=re.M | re.S,
    )
    lines = [line for line in text.splitlines() if not set(line) <= set("|-: ")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def test_the_numbers_of_the_specification_are_the_codes() -> None:
    """Where risk begins, what age adds, and what each lift weighs."""
    begins = {grade: int(n) for grade, n in table("spec/worklist.md", "Grade")}
    assert begins == ranking.GRADE_RISK | {"unknown": ranking.UNKNOWN_RISK}
    ages = table("spec/worklist.md", "Days late")
    assert [int(points) for _, points in ages] == list(ranking.LATE_RISK)
    assert [int(days.split()[-1]) for days, _ in ages[:-1]] == list(candidate.BANDS)
    lifts = table("spec/worklist.md", "Lift")
    said = [
        (name, re.findall(r"\b(\d+|one|two)\b", when)[-1], int(weight))
        for name, when, weight in lifts
        if not name.endswith("_due")
    ]
    assert [int(row[2]) for row in lifts[-2:]] == [ranking.DISPUTE_LATE, ranking.TASK_LATE]
    words = {1: "one", 2: "two"}
    assert said == [
        *(("silent", str(days), w) for days, w in reversed(ranking.SILENT)),
        ("left_alone", str(ranking.ALONE_DAYS), ranking.ALONE),
        *(("broken_promises", words[n], w) for n, w in reversed(ranking.BROKEN)),
        *(("worsening", str(days), w) for days, w in reversed(ranking.WORSE)),
    ]


def test_the_example_of_the_page_comes_out_as_it_says() -> None:
    """Three customers, with the risk and the score the page gives them, in its order."""
    found = {
        r.of.customer: r
        for r in listed(
            [
                owes("Cole", 400, late=60, habit=pays(40)),
                owes("Lowry", 12_000, late=40, heard=35, contacted=5, broken_promises=2,
                     habit=pays(60)),
                owes("Brandt", 80_000, late=10, habit=pays(80)),
            ]
        ).rows
    }  # fmt: skip
    for name, stake, late, _, risk, lifts, score in table("concepts/worklist.md", "Customer"):
        row = found.pop(name)
        weight = sum(x.weight for x in row.lifts)
        whole = [int(x.replace(",", "").rstrip(" %")) for x in (stake, late, risk, lifts, score)]
        days = (TODAY - (row.of.oldest_due_on or TODAY)).days
        stood = row.at_stake_minor // 100
        assert whole == [stood, days, row.risk, weight, stood * row.risk * (100 + weight)]
    assert found == {}
