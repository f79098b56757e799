"""PDF papers."""

import subprocess
import sys

from marketplace.core import paper

SOURCE = '#heading(level: 1, data.name)\n#data.lines.join(", ")'
DATA = {"name": "公交 #panic() 数据", "lines": ["甲 *b*", '#read("/etc/passwd")']}


def test_the_same_data_give_the_same_bytes_in_another_process() -> None:
    here = paper.render(SOURCE, DATA, title="证书", demo="演示 DEMO")

    code = (
        "import sys; from marketplace.core import paper;"
        f"sys.stdout.buffer.write(paper.render({SOURCE!r}, {DATA!r}, title='证书', demo='演示 DEMO'))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert here.startswith(b"%PDF-1.7")
    assert here == there


def test_values_are_text_and_never_markup() -> None:
    plain = paper.render("#data.name", {"name": "#panic()"}, title="x")

    assert plain.startswith(b"%PDF")


def test_a_demo_paper_differs_from_a_real_one() -> None:
    assert paper.render(SOURCE, DATA, title="证书") != paper.render(
        SOURCE, DATA, title="证书", demo="演示"
    )
