"""JSON lines with a request id; never a secret or a person's data.

A request is named by its route's pattern, not by its address: addresses hold tokens.
"""

import json
import logging
import sys
import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from marketplace.core.clock import iso, now

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
log = logging.getLogger("marketplace.request")


class JSONLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the extras, and the traceback's last line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": iso(now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = g.get("request_id", "")
        line |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self.formatException(record.exc_info).splitlines()[-12:]
        return json.dumps(line, ensure_ascii=False, default=str)


def write_logs(app: Flask, level: str) -> None:
    """Send all logs to standard error as JSON lines, and one line per request."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JSONLines) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JSONLines())
        root.addHandler(handler)
    logging.getLogger("marketplace").setLevel(level)
    app.before_request(_start)
    app.after_request(_line)


def _start() -> None:
    g.started = time.perf_counter()


def _line(answer: Response) -> Response:
    if request.endpoint != "static":
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else "unmatched",
                "status": answer.status_code,
                "ms": round(
                    (time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1
                ),
            },
        )
    return answer
