"""The content of a certificate as a W3C Verifiable Credential 2.0: pure."""

from typing import Any

from marketplace.core.clock import iso, start_of
from marketplace.rights.models import Certificate
from marketplace.rights.states import Scheme

CONTEXT = "https://www.w3.org/ns/credentials/v2"
KINDS = {
    Scheme.PRECHECK: "DataRightsPrecheck",
    Scheme.REGISTRAR: "DataPropertyCertificate",
    Scheme.OUTSIDE: "OutsideDataPropertyCertificate",
}
NOT_A_CERTIFICATE = "平台权属预审意见，不是数据产权登记证书 (not a property-right certificate)"


def content(
    certificate: Certificate, *, holder: Any, issuer_id: str, public_url: str, sha256: str | None
) -> dict[str, Any]:
    """What is signed as `vc+jwt`. `sha256` is the content that was looked at, where there is one.

    `holder` has `name` and `credit_code`; times are those of Beijing days, in UTC.
    """
    scheme = Scheme(certificate.scheme)
    subject: dict[str, Any] = {
        "id": f"urn:uuid:{certificate.dataset_id}",
        "number": certificate.number,
        "title": certificate.title,
        "holder": {"name": holder.name, "creditCode": holder.credit_code},
        "rights": list(certificate.rights),
        "restrictions": certificate.restrictions,
        "registrar": certificate.issuer_name,
    }
    if sha256:
        subject["digest"] = {"algorithm": "sha-256", "value": sha256}
    if scheme != Scheme.REGISTRAR:
        subject["statement"] = NOT_A_CERTIFICATE if scheme == Scheme.PRECHECK else "以原证书为准"
    return {
        "@context": [CONTEXT],
        "id": f"{public_url}/verify/{certificate.number}",
        "type": ["VerifiableCredential", KINDS[scheme]],
        "issuer": {"id": issuer_id, "name": certificate.issuer_name},
        "validFrom": iso(start_of(certificate.valid_from)),
        "validUntil": iso(start_of(certificate.valid_until)),
        "credentialSubject": subject,
    }
