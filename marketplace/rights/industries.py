"""GB/T 4754-2017 国民经济行业分类: the twenty sections (门类) and the divisions (大类) they hold.

A claim names a section (`G`) or a section with its division (`G54`).
"""

SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 5),
    "B": (6, 12),
    "C": (13, 43),
    "D": (44, 46),
    "E": (47, 50),
    "F": (51, 52),
    "G": (53, 60),
    "H": (61, 62),
    "I": (63, 65),
    "J": (66, 69),
    "K": (70, 70),
    "L": (71, 72),
    "M": (73, 75),
    "N": (76, 79),
    "O": (80, 82),
    "P": (83, 83),
    "Q": (84, 85),
    "R": (86, 90),
    "S": (91, 96),
    "T": (97, 97),
}


def is_industry(code: str) -> bool:
    """Whether `code` is a section, or a section followed by one of its divisions."""
    if not code or code[0] not in SECTIONS:
        return False
    if len(code) == 1:
        return True
    low, high = SECTIONS[code[0]]
    return len(code) == 3 and code[1:].isdigit() and low <= int(code[1:]) <= high
