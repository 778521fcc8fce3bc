"""All tables. Thin: fields and constraints, no rules. Origin: DATA.md 1 and 2."""

from dunwell.store.models.access import (
    Attempt,
    Credential,
    Invitation,
    PortalLink,
    WebSession,
)
from dunwell.store.models.agreements import Dispute, Instalment, Plan, Promise
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
    Path,
    Proposal,
    Receipt,
    Run,
    StepTaken,
    Stop,
    StopItem,
    Watch,
)
from dunwell.store.models.drafts import PolicyDraft, PolicyEffect, PolicyStory
from dunwell.store.models.handoffs import (
    ChecklistMark,
    Claim,
    Insolvency,
    LawRow,
    Placement,
    WriteOff,
)
from dunwell.store.models.journal import Event, Idempotency, Personal, Seal, Secret
from dunwell.store.models.measures import Hook, HookCall, Measure
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
from dunwell.store.models.work import Alert, AlertCrossing, Call, Note, Reply, SavedFilter, Task

__all__ = [
    "Action", "Alert", "AlertCrossing", "Allocation", "Approval", "Assessment", "Attempt",
    "CalendarVersion", "Call", "Case", "CaseWait", "ChecklistMark", "Claim", "Contact",
    "Credential", "Customer", "Decision", "Dispute", "Done", "DueBin", "Entity", "Event",
    "FxRate", "History", "Hook", "HookCall", "Idempotency", "ImportBatch", "Insolvency",
    "Instalment", "Invitation", "Item", "LawRow", "Measure", "Membership", "Note",
    "Order", "Organisation", "Outreach", "Path", "Payment", "Personal", "Placement", "Plan",
    "Policy", "PolicyDraft", "PolicyEffect", "PolicyStory", "PolicyVersion", "PortalLink",
    "Promise", "Proposal", "Receipt", "Reply",
    "Route", "Run", "SavedFilter", "Seal", "Secret", "StagedRow", "StepTaken", "Stop", "StopItem",
    "Task", "User", "Watch", "WebSession", "WriteOff",
]  # fmt: skip
