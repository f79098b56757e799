"""Who may hold the buyer's money here, and who does unless the parties say otherwise."""

from marketplace.core.errors import Conflict
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance
from marketplace.trading.states import Custody


def usual() -> Custody:
    """What a new contract proposes: the setting, else direct in production and licensed in a demo."""
    chosen = holdings().settings.custody
    if chosen:
        return Custody(chosen)
    return Custody.LICENSED if instance().is_demo else Custody.DIRECT


def check(custody: str) -> None:
    """Conflict `custody_not_licensed` for an order that production may not take.

    A licensed institution has to be set up (`CUSTODY=licensed`); holding money ourselves needs
    a licence number. A demo simulates all three.
    """
    settings = holdings().settings
    if instance().is_demo or custody == Custody.DIRECT:
        return
    if custody == Custody.LICENSED and settings.custody == Custody.LICENSED:
        return
    if custody == Custody.PLATFORM and settings.custody_licence_no:
        return
    raise Conflict("custody_not_licensed", custody=custody)
