"""One dataset's whole life, from declaration to statistics, as one account per role plays it."""

from typing import Any

from marketplace.demo import masking, papers, provider, tables, trade
from marketplace.demo.stage import Stage, check


def whole_life(stage: Stage, rows: int | None = None) -> None:
    """Play section by section with the flights table; Unexpected at the first thing that is wrong."""
    before = _figure(stage)
    stage.done("统计（之前）", _words(before))
    own = trade.prepare_keys(stage)
    goods = provider.supply(stage, tables.flights(rows))
    check(not goods.has_personal_information, "flights hold no personal information")
    certificate = papers.register(stage, goods)
    papers.review(stage, goods)
    provider.price(stage, goods)
    listing = provider.list_product(stage, goods)
    contract = trade.conclude(stage, trade.negotiate(stage, listing), own)
    sale = trade.order(stage, contract)
    receipt = trade.fetch(stage, goods, sale)
    settled = trade.settle(stage, sale)
    trade.pay_out(stage, sale, settled)
    trade.verify_outside(stage, receipt, certificate)
    after = _grown(stage, before, sale.price_fen)
    stage.done("统计（之后）", _words(after), "/statistics/")


def load(stage: Stage) -> None:
    """The demo's catalogue: real tables listed, one sold, and bus cards refused until masked."""
    for table in (tables.weather(), tables.cancer(), tables.divisions()):
        _listed(stage, table)
    masking.refuse_and_mask(stage)
    whole_life(stage)
    trade.hold_buyers_key(stage)


def _listed(stage: Stage, table: tables.Table) -> None:
    goods = provider.supply(stage, table)
    papers.register(stage, goods)
    if table.data_kind == "public":
        papers.stand_as_public_data(stage, goods)
    papers.review(stage, goods)
    provider.price(stage, goods)
    provider.list_product(stage, goods)


def _figure(stage: Stage) -> tuple[int, int]:
    """Trades and fen that are counted, from the entries an auditor may open.

    The public total is withheld while fewer than three trades stand behind it; once it is shown it
    must equal the sum of the entries.
    """
    entries = stage.person("auditor").get("/statistics/entries")
    total: dict[str, Any] = stage.nobody.get("/statistics")["figures"]["total"]
    trades, amount = len(entries), sum(one["amount_fen"] for one in entries)
    if not total["is_withheld"] and total["trades"] == trades:
        check(total["amount_fen"] == amount, "the public figure is not the sum of its entries")
    return trades, amount


def _grown(stage: Stage, before: tuple[int, int], price_fen: int) -> tuple[int, int]:
    trades, amount = _figure(stage)
    check(trades == before[0] + 1, f"{trades} trades are counted, not {before[0] + 1}")
    check(amount == before[1] + price_fen, "the figure did not grow by the price")
    return trades, amount


def _words(figure: tuple[int, int]) -> str:
    return f"{figure[1] / 100:,.2f} 元 / {figure[0]} 笔"
