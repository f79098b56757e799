"""The chart of accounts (payments.md 4.3, and 1122.02 and the memo pair for direct custody).

Pure. `floor` says per what a balance is kept that may not fall below zero.
"""

from dataclasses import dataclass
from enum import StrEnum

ASSET, LIABILITY, REVENUE, EXPENSE, MEMO = "asset", "liability", "revenue", "expense", "memo"


class Code(StrEnum):
    """Account codes, by what stands on them."""

    BANK = "1002"
    PSP_PENDING = "1012.01"
    PSP_AVAILABLE = "1012.02"
    PSP_IN_TRANSIT = "1012.03"
    BUYER_RECEIVABLE = "1122.01"
    COMMISSION_RECEIVABLE = "1122.02"
    RECOURSE = "1221.01"
    CHARGEBACK_FROZEN = "1221.02"
    OUTPUT_VAT = "2221.01"
    INPUT_VAT = "2221.02"
    ESCROW = "2241.01"
    PROVIDER_HELD = "2241.02"
    PROVIDER_AVAILABLE = "2241.03"
    UNCLAIMED = "2241.04"
    REFUND_PAYABLE = "2241.05"
    COMMISSION_REVENUE = "6001.01"
    SALES_REVENUE = "6001.03"
    DATA_COST = "6401.01"
    CHANNEL_FEE = "6603.01"
    CHARGEBACK_LOSS = "6711.01"
    CHARGEBACK_FEE = "6711.02"
    HOLD = "9001"
    HOLD_CONTRA = "9002"
    DIRECT_EVIDENCE = "9003"
    DIRECT_CONTRA = "9004"


@dataclass(frozen=True)
class Account:
    """One account. `debit_normal`: a debit makes its balance grow."""

    code: str
    kind: str
    floor: str | None = None  # "order" or "organisation"

    @property
    def debit_normal(self) -> bool:
        return self.kind in {ASSET, EXPENSE} or self.code in {
            Code.INPUT_VAT,
            Code.HOLD,
            Code.DIRECT_EVIDENCE,
        }


def _kind(code: str) -> str:
    return {"1": ASSET, "2": LIABILITY, "9": MEMO}.get(
        code[0], REVENUE if code.startswith("6001") else EXPENSE
    )


_FLOORS = {
    Code.ESCROW: "order",
    Code.PROVIDER_HELD: "organisation",
    Code.PROVIDER_AVAILABLE: "organisation",
}
CHART: dict[str, Account] = {
    str(code): Account(str(code), _kind(code), _FLOORS.get(code)) for code in Code
}


def account(code: str) -> Account:
    """The account of a code; KeyError for one that is not in the chart."""
    return CHART[code]
