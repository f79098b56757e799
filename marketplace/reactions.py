"""What follows from what: the whole list on one page.

`REACTIONS` maps an event to jobs; `JOBS` maps a job's name to its function; `SCHEDULE` is the
periodic work with its interval in seconds. Jobs run at least once and recompute, never increment.
"""

from collections.abc import Callable

REACTIONS: dict[str, tuple[str, ...]] = {}

JOBS: dict[str, Callable[..., None]] = {}

SCHEDULE: dict[str, int] = {}
