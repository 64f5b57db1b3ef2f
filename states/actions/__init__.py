"""Everything that can be done to a case, as plain Pydantic models: the one door.

The command line, a rehearsal script and (later) HTTP all build these; ``name`` is the command's
path, ``arguments`` are the fields given by position, and field descriptions are the help texts.
"""

from states.actions.acceptance import Certify, OrderRectification, ReportRectification, Revoke, TriggerAcceptance
from states.actions.base import Action
from states.actions.cases import (
    AddDocument,
    AdoptConfiguration,
    Advance,
    AmendCase,
    Circulate,
    ImportCase,
    LandDealFailed,
    OpenCase,
    Reopen,
    Resume,
    Return,
    Suspend,
    Terminate,
)
from states.actions.changes import ApplyChange, ConsentToChange, ProposeChange, WithdrawChange
from states.actions.exceptions import Decide
from states.actions.facilities import (
    AddFacility,
    AmendFacility,
    DecideCategory,
    Designate,
    EnterAsset,
    FileDrawings,
    HandOver,
    Measure,
    RegisterTitle,
    RemoveFacility,
    ReportProgress,
)
from states.actions.limits import ExtendLimit
from states.actions.opinions import Answer, Contest, Discharge, Hear, Issue, Sign, Withdraw
from states.actions.presale import ClearPresale, RequestPresale, WithdrawPresale

ACTIONS: dict[str, type[Action]] = {
    action.name: action
    for action in (
        OpenCase, ImportCase, AmendCase, Circulate, Advance, Return, Reopen, LandDealFailed, Suspend, Resume, Terminate,
        AdoptConfiguration, AddFacility, AmendFacility, RemoveFacility, DecideCategory, Designate,
        FileDrawings, ReportProgress, Measure, HandOver, RegisterTitle, EnterAsset, Sign, Issue, Withdraw,
        Contest, Discharge, ExtendLimit, ProposeChange, ConsentToChange, ApplyChange, WithdrawChange, Decide,
        Hear, Answer, AddDocument, RequestPresale, ClearPresale, WithdrawPresale, TriggerAcceptance,
        OrderRectification, ReportRectification, Certify, Revoke,
    )
}  # fmt: skip

__all__ = ["ACTIONS", "Action"]
