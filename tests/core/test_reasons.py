"""Reasons stand in the order SEMANTICS 5 gives, each with a sentence."""

from dunwell.core import reasons

ORDER = """stale_data nothing_open insolvent legal_representation ceased placed on_hold in_credit
cash_unapplied plan_running promise_open automatic_collection disputed reply_unread
delivery_unknown in_flight no_rate not_yet too_soon below_minimum requirement_missing
needs_approval no_route quiet_hours over_capacity cadence_ended""".split()


def test_the_enum_is_the_precedence() -> None:
    """The order of the enum is the order of SEMANTICS 5."""
    assert [r.value for r in reasons.Reason] == ORDER


def test_every_reason_has_a_sentence_without_day_counts() -> None:
    """Every reason can be said without any reference, and no sentence counts days."""
    for reason in reasons.Reason:
        text = reasons.sentence(reason, {})
        assert text.endswith(".")
        assert "[" not in text
        assert "{" not in text
        assert " days" not in text
