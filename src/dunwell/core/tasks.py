"""What is put before a person, whose it is, and by when (SEMANTICS 6.10).

A kind of task says which of our roles owns it, how many working days it has, and what is to
be done, in one sentence. Must not know: who holds a role (the store does).
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of task: the role it goes to, its working days, and its sentence."""

    role: str
    working_days: int
    sentence: str


KINDS: dict[str, Kind] = {
    "add_to_placement": Kind("collector", 2, "Say whether the new debt goes to the agency too."),
    "alert": Kind("manager", 2, "A threshold somebody asked to hear about was crossed."),
    "allocate": Kind("collector", 2, "Match unapplied cash or credit to what it pays."),
    "ask_sales": Kind("account_manager", 2, "Say what sales knows of this customer."),
    "broken_promise": Kind("collector", 2, "Call: what was promised did not come."),
    "by_hand": Kind("manager", 1, "No other system is told: do it by hand, and confirm it."),
    "call": Kind("collector", 2, "Make the call."),
    "checklist": Kind("collector", 2, "Complete the checklist before the agency."),
    "child_of_insolvent": Kind("manager", 2, "The parent is insolvent or placed: review."),
    "choose_outcome": Kind("manager", 5, "The ladder has ended: choose what follows."),
    "correct_contact": Kind("collector", 2, "The customer says a contact is wrong: check it."),
    "credit_note": Kind("collector", 10, "See to it that what was upheld is credited."),
    "dispute": Kind("collector", 5, "Answer the dispute."),
    "find_route": Kind("collector", 2, "Nobody can be reached: find a contact."),
    "follow_up": Kind("collector", 2, "Follow up."),
    "offer_plan": Kind("collector", 2, "Offer a payment plan."),
    "placement_payment": Kind("collector", 2, "Tell the agency what was paid."),
    "plan_default": Kind("collector", 2, "Call: an instalment was missed, the plan is in default."),
    "proof_of_claim": Kind("legal", 10, "File the proof of claim before its deadline."),
    "read_reply": Kind("collector", 1, "Read the reply."),
    "recalled": Kind("manager", 2, "Items came back from the agency: decide what follows."),
    "release_terms": Kind("manager", 2, "Changed terms may be told to the customer: release them."),
    "repair_route": Kind("collector", 2, "A mail or number failed: repair the contact."),
    "returned_payment": Kind("collector", 2, "Call: a payment was returned."),
    "review_hold": Kind("collector", 2, "A hold is to be reviewed."),
    "send_again": Kind("collector", 1, "Send the invoice again, to a contact that was checked."),
    "set_terms": Kind("manager", 2, "A change of terms is approved: say which."),
    "system_silent": Kind("manager", 1, "The other system did not confirm: check it."),
    "tell_terms": Kind("account_manager", 2, "Changed terms wait to be told to the customer."),
    "unknown_delivery": Kind("collector", 1, "Say whether the message arrived."),
    "write_off_paid": Kind("manager", 2, "A debt that was written off is being paid: review."),
}
"""Every kind there is; a test looks for each in the documents."""
