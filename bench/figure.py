"""One line of the table: ours, the reference measured in the same run, the ratio and its goal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ratio` holds when it is at least `goal` (rates) or, with `at_most`, at most it (times)."""

    name: str
    ours: str
    reference: str
    ratio: float
    goal: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def line(self) -> str:
        """The figure as a line of the printed table."""
        sign = "≤" if self.at_most else "≥"
        verdict = "holds" if self.holds else "falls short"
        return (
            f"{self.name:<46} {self.ours:>18} {self.reference:>22} "
            f"{self.ratio:>8.3g} {sign}{self.goal:<6g} {verdict}"
        )
