"""In which encoding bytes are written: by mark, by strictness, by the statistics of letters.

Invariant: what is valid UTF-8 is UTF-8; only bytes that are not are judged by what they would say. Two readings that
are about as good are both returned, the likelier first, so that a person may choose between what they look like.
"""

from __future__ import annotations

import codecs
import re

from msgspec import Struct

from kpi_tui.errors import Text, count_text, text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8-r", "cp866")
_LATIN = ("cp1252", "latin-1")
_SAMPLE = 200_000
_CLOSE = 0.2  # a reading this much worse than the best, as a share of it, is worth a question
_FEW = 4  # letters: with fewer nothing can be told from frequencies
# Per cent of letters in Russian text (Lyashevskaya & Sharov, frequency dictionary of the national corpus, 2009).
_FREQUENCY = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (
            *(10.97, 8.45, 8.01, 7.35, 6.70, 6.26, 5.47, 4.73, 4.54, 4.40, 3.49, 3.21, 2.98, 2.81, 2.62, 2.01, 1.90),
            *(1.74, 1.70, 1.65, 1.59, 1.44, 1.21, 0.97, 0.94, 0.73, 0.64, 0.48, 0.36, 0.32, 0.26, 0.04, 0.04),
        ),
        strict=True,
    )
)
_MEAN = 2.0
_SIGNS = frozenset("№«»—–…“”„‘’•°₽€£§±\u00a0\u202f™©®×·")
_WESTERN = frozenset("éèêëàáâäåãæçíìîïñóòôöõøœúùûüýÿßÉÈÊËÀÁÂÄÅÃÆÇÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŠšŽž")
_WORD = re.compile(r"[^\W\d_]+")
_HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


class Encoding(Struct, frozen=True):
    """The likeliest encoding, why, and others that are about as likely."""

    name: str
    why: Text
    others: tuple[str, ...] = ()


def detect_encoding(data: bytes) -> Encoding:
    """The encoding of a text file's bytes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Encoding(name, text("a byte order mark says so"))
    if (wide := _wide(data[:_SAMPLE])) is not None:
        return Encoding(wide, text("every other byte is zero"))
    if data.isascii():
        return Encoding("utf-8", text("nothing but ASCII"))
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if _is_nearly(data, error):
            return Encoding("utf-8", text("all but a few characters are UTF-8"))
        return _by_letters(data)
    return Encoding("utf-8", text("all of it is valid UTF-8"))


def _wide(sample: bytes) -> str | None:
    zeros = sample.count(0)
    if zeros * 20 < len(sample):
        return None
    odd = sample[1::2].count(0)
    if odd >= zeros * 0.9:
        return "utf-16-le"
    return "utf-16-be" if odd <= zeros * 0.1 else None


def _is_nearly(data: bytes, error: UnicodeDecodeError) -> bool:
    """Whether what is not UTF-8 is damage: a character cut at the end, or a broken one among many that are right."""
    if error.start >= len(data) - 3 and not data[: error.start].isascii():
        return True
    sample = data[:_SAMPLE].decode(errors="replace")
    broken = sample.count("\ufffd")
    right = sum(1 for character in sample if character > "\x7f") - broken
    return right > 20 * broken > 0


def _by_letters(data: bytes) -> Encoding:
    sample = b"".join(match.group() for _, match in zip(range(2_000), _HIGH_LINE.finditer(data), strict=False))
    scores = {name: score for name in (*_CYRILLIC, *_LATIN) if (score := _score(sample[:_SAMPLE], name)) is not None}
    ranked = sorted(scores, key=lambda name: -scores[name])
    best = ranked[0]
    letters = sum(1 for byte in sample[:_SAMPLE] if byte >= 0x80)
    limit = scores[best] - abs(scores[best]) * _CLOSE
    others = tuple(
        name
        for name in ranked[1:3]
        if (letters < _FEW or scores[name] > limit) and not _same(sample[:_SAMPLE], best, name)
    )
    why = count_text(
        "{n} letter outside ASCII reads best so", "{n} letters outside ASCII read best so", letters, encoding=best
    )
    return Encoding(best, why, others)


def _same(sample: bytes, one: str, other: str) -> bool:
    return sample.decode(one, errors="replace") == sample.decode(other, errors="replace")


def _score(sample: bytes, encoding: str) -> float | None:
    try:
        content = sample.decode(encoding)
    except UnicodeDecodeError:
        return None
    score = -3.0 * sum(1 for sign in content if sign > "\x7f" and not sign.isalpha() and sign not in _SIGNS)
    judge = _russian if encoding in _CYRILLIC else _western
    return score + sum(judge(word) for word in _WORD.findall(content) if not word.isascii())


def _russian(word: str) -> float:
    if not all("\u0400" <= letter <= "\u04ff" for letter in word):
        return -2.0 * len(word)
    shape = 1.0 if word.islower() or word[1:].islower() or word.isupper() else -1.0
    if word.isupper() and len(word) > 1:
        shape = 0.5
    return sum(_FREQUENCY.get(letter, -1.0) - _MEAN for letter in word.lower()) * (shape if shape > 0 else 0) + (
        -3.0 * len(word) if shape < 0 else 0.0
    )


def _western(word: str) -> float:
    strange = [letter for letter in word if letter > "\x7f"]
    if len(strange) > 1 and len(strange) == len(word):
        return -3.0 * len(word)
    inner_capital = any(letter.isupper() for letter in word[1:]) and not word.isupper()
    return sum(2.0 if letter in _WESTERN else -2.0 for letter in strange) - (3.0 if inner_capital else 0.0)
