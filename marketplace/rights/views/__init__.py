"""The pages of rights: the applicant's, the handler's, and the public notices."""

from marketplace.rights.views import certificates, claims, handling, notices, papers
from marketplace.rights.views.blueprint import views

__all__ = ["certificates", "claims", "handling", "notices", "papers", "views"]
