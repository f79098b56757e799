"""Rights and compliance: a registrar's certificate, public data's papers, and two reviewers' opinion."""

from typing import Any

from marketplace.demo.client import Unexpected
from marketplace.demo.provider import Goods, evidence
from marketplace.demo.stage import Stage, check

RIGHTS = ["hold", "use", "operate"]
REGIONS = {"international", "national", "province", "city"}


def register(stage: Stage, goods: Goods) -> dict[str, Any]:
    """Claim the three rights, have the registrar accept and waive the notice; the certificate."""
    provider, registrar = stage.person("provider"), stage.person("registrar")
    handler = registrar.get("/organisation")["id"]
    claim = provider.post(
        "/rights/claims", _form(goods, handler), key=stage.key(f"claim-{goods.table.key}")
    )
    address = f"/rights/claims/{claim['id']}"
    for proves in ("acquisition", "contract", "identity", "sample"):
        paper = evidence(provider, goods.table.title, f"证明事项：{proves}")
        provider.post(f"{address}/evidence", {"document_id": paper, "proves": proves})
    claim = provider.post(f"{address}/submit", again=address)
    stage.done("产权登记申请", claim["number"], f"/rights/claims/{claim['id']}")
    provider.refused("POST", f"{address}/accept", 403)
    registrar.post(f"{address}/accept")
    waived = registrar.post(
        f"{address}/waive-notice",
        {"reason": "演示：权属链条清楚、无第三方主张，申请人书面申请免于公示。"},
        again=address,
    )
    check(waived["status"] == "registered", f"the claim is {waived['status']}")
    certificate: dict[str, Any] = provider.get(f"{address}/certificate")
    check(certificate["number"].endswith("-DEMO"), "a demo's number could pass for a real one")
    stage.done("登记证书", certificate["number"], f"/verify/{certificate['number']}")
    return certificate


def _form(goods: Goods, registrar_id: str) -> dict[str, Any]:
    table = goods.table
    return {
        "dataset_id": goods.dataset_id,
        "route": "registrar",
        "registrar_id": registrar_id,
        "name": table.title[:40],
        "overview": table.summary,
        "industry": table.industry,
        "circumstance": "contract",
        "rights": RIGHTS,
        "contract_grants": RIGHTS,
        "region": table.region if table.region in REGIONS else "city",
        "covers_from": table.coverage[0],
        "covers_until": table.coverage[1],
        "update_frequency": "other",
        "volume_bytes": len(table.content),
        "form": "table",
        "structure": "structured",
        "waiver_request": "权属清楚，申请免于公示。",
    }


def stand_as_public_data(stage: Stage, goods: Goods) -> None:
    """The registration code and the authorised operation that public data needs."""
    provider, operator = stage.person("provider"), stage.person("operator")
    paper = evidence(provider, goods.table.title, "公共数据资源登记与授权运营材料")
    common = {"dataset_id": goods.dataset_id, "document_id": paper}
    registration = provider.post(
        "/rights/public-registrations",
        {**common, "code": f"DEMO-37-{stage.run.upper()}", "coded_on": "2026-06-01"},
        key=stage.key(f"registration-{goods.table.key}"),
    )
    operator.post(f"/rights/public-registrations/{registration['id']}/confirm", {})
    authorisation = provider.post(
        "/rights/authorisations",
        {
            **common,
            "grantor": "泉城市大数据局（演示）",
            "scope": "行政区划底表的加工与对外提供",
            "purpose": "welfare",
            "valid_from": "2026-06-01",
            "valid_until": "2029-05-31",
        },
        key=stage.key(f"authorisation-{goods.table.key}"),
    )
    operator.post(f"/rights/authorisations/{authorisation['id']}/confirm", {})
    stage.done("公共数据登记与授权", registration["code"])


def review(stage: Stage, goods: Goods, outcome: str = "pass") -> dict[str, Any]:
    """Two reviewers who do not know of each other's verdict; the decided review."""
    provider = stage.person("provider")
    asked = provider.post(
        "/compliance/reviews", {"version_id": goods.version_id}, again="/compliance/reviews"
    )
    if isinstance(asked, list):  # the first sending was heard
        asked = next(one for one in asked if one["version_id"] == goods.version_id)
    for who in ("reviewer-a", "reviewer-b"):
        _sit_and_conclude(stage, who, asked["id"], outcome)
    decided: dict[str, Any] = stage.person("reviewer-a").get(f"/compliance/reviews/{asked['id']}")
    wanted = {"pass": "approved", "return": "returned", "refuse": "refused"}[outcome]
    if decided["status"] != wanted:
        raise Unexpected(f"the review is {decided['status']}, not {wanted}")
    what = {"pass": "两名复核员通过", "return": "两名复核员退回"}[outcome]
    stage.done(what, decided["opinion_number"] or decided["number"], f"/compliance/{asked['id']}")
    return decided


def _sit_and_conclude(stage: Stage, who: str, review_id: str, outcome: str) -> None:
    reviewer = stage.person(who)
    address = f"/compliance/reviews/{review_id}"
    reviewer.post(f"{address}/sit", {"has_conflict": False})
    marks = {
        one["code"]: {"answer": "seen", "note": ""} for one in reviewer.get(f"{address}/checklist")
    }
    verdict = {"reasons": ["all_clear"], "words": "材料齐全，内容与申报一致。"}
    if outcome == "return":
        reviewer.refused(
            "POST",
            f"{address}/verdicts",
            409,
            json={**verdict, "outcome": "pass", "marks": marks, "harms": {"person": "ordinary"}},
        )
        verdict = {
            "reasons": ["personal_information_present"],
            "words": "含姓名、证件号码和手机号，请脱敏后重新提交。",
        }
    body = {**verdict, "outcome": outcome, "marks": marks, "harms": {"organisation": "ordinary"}}
    reviewer.post(f"{address}/verdicts", body, key=stage.key(f"verdict-{who}-{review_id}"))
