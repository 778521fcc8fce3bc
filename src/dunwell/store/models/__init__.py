"""All tables. Thin: fields and constraints, no rules. Origin: DATA.md 1 and 2."""

from dunwell.store.models.book import (
    Allocation,
    DueBin,
    FxRate,
    History,
    ImportBatch,
    Item,
    Order,
    Payment,
    StagedRow,
)
from dunwell.store.models.casework import (
    Action,
    Approval,
    Assessment,
    Case,
    CaseWait,
    Decision,
    Done,
    Outreach,
    Proposal,
    Receipt,
    Run,
    StepTaken,
    Stop,
    StopItem,
    Task,
    Watch,
)
from dunwell.store.models.journal import Event, Idempotency, Personal, Seal, Secret
from dunwell.store.models.people import (
    CalendarVersion,
    Contact,
    Customer,
    Entity,
    Membership,
    Organisation,
    Policy,
    PolicyVersion,
    Route,
    User,
)

__all__ = [
    "Action", "Allocation", "Approval", "Assessment", "CalendarVersion", "Case", "CaseWait",
    "Contact", "Customer", "Decision", "Done", "DueBin", "Entity", "Event", "FxRate", "History",
    "Idempotency", "ImportBatch", "Item", "Membership", "Order", "Organisation", "Outreach",
    "Payment", "Personal", "Policy", "PolicyVersion", "Proposal", "Receipt", "Route", "Run",
    "Seal", "Secret", "StagedRow", "StepTaken", "Stop", "StopItem", "Task", "User",
    "Watch",
]  # fmt: skip
