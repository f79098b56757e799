"""Chinese and other words as the search keeps them: the same tokens on both databases.

Text is folded (NFKC, case), cut by rjieba and reduced to letters and digits, so that neither
database's own parser has anything left to decide.
"""

import re
import unicodedata
from collections.abc import Iterable

import rjieba

MOST_WORDS = 12
LONGEST = 40
_PLAIN = re.compile(r"[0-9a-z]+(?:_[0-9a-z]+)*|[^\W_]+", re.UNICODE)
_ASCII = re.compile(r"[0-9a-z]+")

SECTOR_WORDS = {
    "industry": "工业 制造 工厂 设备 生产 industry manufacturing",
    "agriculture": "农业 农村 种植 养殖 agriculture farming",
    "commerce": "商贸 流通 零售 消费 物流 commerce retail",
    "transport": "交通 运输 出行 公交 航班 道路 transport traffic mobility",
    "finance": "金融 银行 信贷 保险 finance bank",
    "technology": "科技 创新 研发 专利 technology research",
    "culture": "文化 旅游 景区 酒店 culture tourism",
    "health": "医疗 健康 医院 疾病 health medical",
    "emergency": "应急 安全 灾害 消防 emergency safety",
    "weather": "气象 天气 降水 气温 空气 weather climate",
    "city": "城市 治理 政务 社区 city government",
    "green": "绿色 低碳 能源 碳排放 环保 green energy carbon",
}
KIND_WORDS = {"public": "公共数据 public", "enterprise": "企业数据 enterprise"}
RIGHT_WORDS = {  # the old names of the three rights, still searched for
    "hold": "数据资源持有权 持有权",
    "use": "数据加工使用权 加工使用权 使用权",
    "operate": "数据产品经营权 经营权",
}


def folded(text: str) -> str:
    """Full-width to half-width, upper to lower case, no accents' compositions left open."""
    return unicodedata.normalize("NFKC", text).casefold()


def index_tokens(text: str) -> list[str]:
    """Every token under which a text is found, shorter words within longer ones included."""
    return _reduced(rjieba.cut_for_search(folded(text)))


def query_tokens(text: str) -> list[str]:
    """The tokens that all have to be there, at most twelve, in the order typed."""
    return list(dict.fromkeys(_reduced(rjieba.cut(folded(text[:200])))))[:MOST_WORDS]


def is_plain(token: str) -> bool:
    """Latin letters and digits: matched by its beginning, since people type `air` for `airport`."""
    return len(token) >= 3 and _ASCII.fullmatch(token) is not None


def _reduced(words: Iterable[str]) -> list[str]:
    return [
        part[:LONGEST]
        for word in words
        for found in _PLAIN.findall(word)
        for part in (found.split("_") if "_" in found else [found])
        if part
    ]
