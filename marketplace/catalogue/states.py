"""The lives of a product and a question, and the words of offers."""

from enum import StrEnum

from marketplace.core.access import Permission
from marketplace.core.lives import Life, step


class ProductStatus(StrEnum):
    DRAFT = "draft"
    LISTED = "listed"
    DELISTED = "delisted"


class QuestionStatus(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"


class PriceModel(StrEnum):
    """How an offer is charged."""

    FREE = "free"
    ONE_OFF = "one_off"


P = ProductStatus
PRODUCT_LIFE = Life(
    P,
    step(
        "list",
        {P.DRAFT, P.DELISTED},
        P.LISTED,
        Permission.PRODUCT_LIST,
        "product.listed",
        party="provider_id",
    ),
    step(
        "delist",
        {P.LISTED},
        P.DELISTED,
        Permission.PRODUCT_LIST,
        "product.delisted",
        party="provider_id",
    ),
    step("take_down", {P.LISTED}, P.DELISTED, Permission.TAKE_DOWN, "product.delisted"),
)

Q = QuestionStatus
QUESTION_LIFE = Life(
    Q,
    step(
        "answer",
        {Q.ASKED},
        Q.ANSWERED,
        Permission.QUESTION_ANSWER,
        "question.answered",
        party="provider_id",
    ),
)
