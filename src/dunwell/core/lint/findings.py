"""What the linter looks for, and what a finding is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Path = tuple[str | int, ...]

CHECKS: Mapping[str, tuple[str, str]] = {
    # Settings
    "cap_zero": ("error", "`daily_cap` is 0, so that nothing ever goes out."),
    "season_all_year": ("error", "The quiet seasons leave no day for anything firm."),
    "opening_unknown": ("error", "`opening` names a step that no cadence has."),
    "opening_too_harsh": ("error", "`opening` starts items above urgent, which is never done."),
    "opening_not_overdue": ("warning", "`opening` names a step before the due date or on it."),
    "contacts_without_ap": ("warning", "`contact_order` leaves the accounts-payable contact out."),
    "milder_sooner": ("warning", "A milder message may follow a firm one sooner than any other."),
    # Segments
    "include_unknown": ("error", "`include` names a policy that is not built in."),
    "cadence_unknown": ("error", "A segment walks a cadence that is not there."),
    "cadence_unused": ("note", "A cadence is walked by no segment."),
    "segment_unreachable": ("error", "Earlier segments take everybody a segment would take."),
    "condition_unreachable": ("warning", "An earlier segment takes whom a condition would take."),
    "condition_repeats": ("note", "Another condition of the segment takes whom this one takes."),
    "condition_never": ("error", "A condition can hold for nobody."),
    "condition_contradicts": (
        "warning",
        "A condition asks for two things that exclude each other.",
    ),
    "condition_everybody": ("warning", "A condition holds for everybody."),
    "country_code": ("error", "A country is not written as a code of two capital letters."),
    "grace_past_next": ("note", "A grace pushes the first overdue step past the second's day."),
    "vip_stern_before_call": ("error", "A VIP gets a stern message before anybody has called."),
    # The order of steps
    "step_unreachable": ("error", "A step before the due date can never be taken."),
    "step_seldom": (
        "warning",
        "The due-date notice is skipped by whoever took the step before it.",
    ),
    "step_late": ("note", "A step comes later than its day says, for the wait before it."),
    "days_fall": ("warning", "A step names an earlier day than the overdue step before it."),
    "wait_too_short": ("warning", "A wait is shorter than the least days between two contacts."),
    "gap": ("warning", "The customer hears nothing for longer than a month."),
    "no_overdue_step": ("warning", "A cadence has no step for what is overdue."),
    "tone_falls": ("warning", "The tone falls along the ladder."),
    "stern_before_due": ("warning", "A step before the due date, or on it, is stern."),
    # One step
    "id_in_was": ("error", "`was` names a step that is still there."),
    "was_twice": ("error", "Two steps say they were the same earlier step."),
    "id_two_meanings": ("warning", "Two cadences use one step id for different things."),
    "id_back": ("warning", "A step id that had gone comes back."),
    "step_dropped": ("note", "A step of the published version is gone, and no `was` names it."),
    "channel_twice": ("warning", "A step uses one channel twice; only the first goes."),
    "person_unknown": ("warning", "A step names a person who has no role here: its role is asked."),
    "minimum_small": ("warning", "A step chases less than the small balance."),
    "minimum_stops": ("warning", "A minimum stops cases that a later part asks for."),
    "names_unproposed": ("warning", "A step names a consequence that nothing proposes."),
    "unannounced": ("warning", "A suspension or credit hold is proposed and never named before."),
    "suspension_small": ("warning", "A suspension is proposed for less than 100."),
    "proposal_late": ("warning", "A step proposes something from a day after the step's own."),
    "approval_weak": ("warning", "A collector alone approves a measure that needs a second view."),
    # Requirements
    "requires_channels": ("error", "A requirement asks for more channels than attempts."),
    "requires_no_call": ("error", "A call is required, and no step before calls."),
    "requires_old_call": ("error", "The call required is always too old when the step opens."),
    "requires_late_call": ("warning", "The call required is too old if it is made on its day."),
    "requires_attempts": ("error", "More attempts are required than the steps before can make."),
    "requires_demand": ("error", "An expired final demand is required, and no step before is one."),
    # The end
    "outcome_without_demand": ("error", "Agency or legal follows without a final demand."),
    "demand_twice": ("error", "A cadence has more than one final demand."),
    "demand_before_due": ("error", "A final demand stands before the due date or on it."),
    "demand_not_last": ("warning", "Steps follow the final demand."),
    "demand_unapproved": ("warning", "The final demand goes without anybody's approval."),
    "demand_tone": ("warning", "The final demand is not formal."),
    "demand_route": ("warning", "The final demand does not go by both email and letter."),
    "demand_response": ("warning", "The final demand leaves less than a week to respond."),
    "demand_without_outcome": ("warning", "Nothing follows the final demand."),
    "no_end": ("note", "A cadence ends without a final demand or an outcome."),
    "outcome_twice": ("error", "An outcome stands twice; the second is never reached."),
    "legal_unapproved": ("warning", "A legal referral is not approved by the legal role."),
    # Texts
    "template_missing": ("error", "A text is missing where every language looks for it."),
    "template_untranslated": ("warning", "A text is missing in a language and goes in English."),
    "template_kind": ("error", "A call script is used as a message, or a message as a script."),
    "template_tone": ("warning", "A text is used at another tone than it was written for."),
    "text_wrong": ("error", "An own text cannot be used as it is written."),
    "text_unused": ("note", "An own text is used by no step."),
}
"""Everything that is looked for, with its severity and what it means, in the order of reading."""


class Finding(msgspec.Struct, frozen=True):
    """One thing found: where, what, and what would do. Severity: error, warning or note."""

    code: str
    path: Path
    found: str
    want: str

    @property
    def severity(self) -> str:
        """How bad it is: an error keeps the policy from being published."""
        return CHECKS[self.code][0]
