# ruff: noqa: E501  a file a line shows the defect best
"""Bytes and lines: encodings, line ends, separators, quotes, packings, impostors."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

from tests.hostile.case import ADS, ADS_READ, ADS_ROWS, JAN1, JAN2, PLAIN, PLAIN_ROWS, Case, csv, d


def _ads(name: str, data: bytes, encoding: str, **more: Any) -> Case:
    read = ADS_READ if encoding == "utf-8" else {"encoding": encoding, **ADS_READ}
    return Case(name, "a.csv", data, read=read, rows=ADS_ROWS, time="Дата", **more)


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", PLAIN)
    return packed.getvalue()


ENCODINGS = [
    _ads("utf-8", ADS.encode(), "utf-8"),
    _ads("utf-8 with a byte order mark", ADS.encode("utf-8-sig"), "utf-8"),
    _ads("cp1251", ADS.encode("cp1251"), "cp1251"),
    _ads("koi8-r", ADS.encode("koi8-r"), "koi8-r"),
    _ads("cp866", ADS.encode("cp866"), "cp866"),
    _ads("utf-16 with a mark", ADS.encode("utf-16"), "utf-16"),
    _ads("utf-16-le without a mark", ADS.encode("utf-16-le"), "utf-16-le"),
    _ads("utf-16-be without a mark", ADS.encode("utf-16-be"), "utf-16-be"),
    _ads("utf-32 with a mark", ADS.encode("utf-32"), "utf-32"),
    csv("capital letters in koi8-r", "ДАТА;ГОРОД;ЦЕНА\n01.01.2026;МОСКВА;1\n13.02.2026;КАЗАНЬ;2\n", "koi8-r",
        time="ДАТА", dimensions=("ГОРОД",)),
    csv("German in latin-1", "Datum;Straße;Größe\n13.01.2026;Müllerstraße;1,5\n14.01.2026;Königsweg;2,5\n", "latin-1",
        time="Datum", columns={"Größe": "decimal"}),
    csv("French in cp1252", "date;région;coût €\n2026-01-01;Île-de-France;1,5\n2026-01-02;Provence–Alpes;2,5\n", "cp1252",
        columns={"coût €": "decimal"}, read={"encoding": "cp1252", "separator": ";", "decimal": ","}),
    csv("utf-8 and one broken byte", PLAIN, rows=PLAIN_ROWS),
    Case("utf-8 with a byte that is none", "a.csv", ("date,канал\n" + "2026-01-01,Яндекс\n" * 30).encode() + b"2026-01-02,\xff\n",
         read={}, says=("cannot be read as utf-8",)),
    Case("utf-8 cut in the middle of a letter", "a.csv", "date,channel\n2026-01-01,Яндекс\n2026-01-02,Директ".encode()[:-1],
         read={}, says=("cannot be read as utf-8",)),
]  # fmt: skip

LINES = [
    Case("windows line ends", "a.csv", PLAIN.replace("\n", "\r\n").encode(), rows=PLAIN_ROWS, read={}),
    Case("old Macintosh line ends", "a.csv", PLAIN.replace("\n", "\r").encode(), rows=PLAIN_ROWS, read={}),
    Case("mixed line ends", "a.csv", b"date,channel,cost\r\n2026-01-01,A,1.5\r2026-01-02,B,2.5\n", rows=PLAIN_ROWS, read={}),
    Case("no line end at the end", "a.csv", PLAIN.rstrip().encode(), rows=PLAIN_ROWS, read={}),
    Case("blank lines between and after", "a.csv", b"\n\ndate,channel,cost\n\n2026-01-01,A,1.5\n\n2026-01-02,B,2.5\n\n\n",
         rows=PLAIN_ROWS),
    csv("a line break inside a cell", 'date,note,cost\n2026-01-01,"two\nlines",1.5\n2026-01-02,one,2.5\n',
        rows=[(JAN1, "two\nlines", d("1.5")), (JAN2, "one", d("2.5"))], read={}),
    csv("a row too wide", PLAIN + "2026-01-03,C,1,5,6\n", rows=PLAIN_ROWS, says=("5 cells where the header has 3",)),
    csv("a row too short", PLAIN + "2026-01-03\n2026-01-04,D,1.0\n", says=("1 cell where the header has 3",)),
    csv("a quotation mark never closed", PLAIN + '2026-01-03,"C,1\n2026-01-04,D,2\n', says=("opened and not closed",)),
    csv("cut in the middle of a line", "date,channel,cost\n2026-01-01,A,1.5\n2026-01-02,B,2.5\n2026-01-0", says=("ends in the middle",)),
    csv("an empty file", "", refused=True, says=("the file is empty",)),
    csv("nothing but spaces", " \n \n", refused=True, says=("the file is empty",)),
    csv("a header and no rows", "date,channel,cost\n", refused=True, says=("a.csv:1", "no rows below")),
    csv("one column", "date\n2026-01-01\n2026-01-02\n", rows=[(JAN1,), (JAN2,)], read={}),
]  # fmt: skip

SEPARATORS = [
    csv("semicolons and decimal commas", "date;a;b\n2026-01-01;1,5;2,5\n2026-01-02;3,5;4,25\n",
        rows=[(JAN1, d("1.5"), d("2.50")), (JAN2, d("3.5"), d("4.25"))], read={"separator": ";", "decimal": ","}),
    csv("tabs", PLAIN.replace(",", "\t"), rows=PLAIN_ROWS, read={"separator": "\t"}),
    csv("tabs in .tsv", PLAIN.replace(",", "\t"), file="a.tsv", rows=PLAIN_ROWS),
    csv("bars", PLAIN.replace(",", "|"), rows=PLAIN_ROWS, read={"separator": "|"}),
    csv("runs of spaces", "  date        cost  n\n  2026-01-01  1.5  10\n  2026-01-02  2.5   2\n", file="a.txt",
        rows=[(JAN1, d("1.5"), 10), (JAN2, d("2.5"), 2)], read={"separator": " "}),
    csv("commas inside quoted cells", 'date,channel,cost\n2026-01-01,"A, B",1.5\n2026-01-02,"C; D",2.5\n',
        rows=[(JAN1, "A, B", d("1.5")), (JAN2, "C; D", d("2.5"))], read={}),
    csv("quoted numbers with decimal commas", 'date,channel,cost\n2026-01-01,A,"1,5"\n2026-01-02,B,"2,25"\n',
        rows=[(JAN1, "A", d("1.50")), (JAN2, "B", d("2.25"))], read={"decimal": ","}),
    csv("everything quoted", '"date","channel","cost"\n"2026-01-01","A","1.5"\n"2026-01-02","B","2.5"\n', rows=PLAIN_ROWS, read={}),
    csv("quotes doubled inside", 'date,channel,cost\n2026-01-01,"ООО ""Ромашка""",1.5\n2026-01-02,B,2.5\n',
        rows=[(JAN1, 'ООО "Ромашка"', d("1.5")), (JAN2, "B", d("2.5"))]),
    csv("a separator at the end of each line", "date,channel,cost,\n2026-01-01,A,1.5,\n2026-01-02,B,2.5,\n", rows=PLAIN_ROWS),
    csv("as many commas as bars, in every line", "day,date|cost,rub|n\na,2026-01-01|1,5|1\nb,2026-01-02|2,5|2\n", time=None,
        read={"separator": "|", "decimal": ","}, says=("no column holds dates",)),
    csv("commas in a bar file's text", "date|note|cost\n2026-01-01|a, b, c|1.5\n2026-01-02|d, e, f|2.5\n",
        rows=[(JAN1, "a, b, c", d("1.5")), (JAN2, "d, e, f", d("2.5"))], read={"separator": "|"}),
]  # fmt: skip

PACKED = [
    Case("gzip", "a.csv.gz", gzip.compress(PLAIN.encode()), rows=PLAIN_ROWS, read={}),
    Case("gzip in cp1251", "a.csv.gz", gzip.compress(ADS.encode("cp1251")), rows=ADS_ROWS, time="Дата"),
    Case("gzip cut off", "a.csv.gz", gzip.compress(PLAIN.encode() * 50)[:-20], refused=True, says=("broken or cut off",)),
    Case("gzip under a plain name", "a.csv", gzip.compress(PLAIN.encode()), refused=True, says=("packed by gzip",)),
    Case("a web page", "a.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", refused=True, says=("web page",)),
    Case("an HTML table as .xlsx", "a.xlsx", b"<html><table><tr><td>1</td></tr></table></html>", refused=True, says=("web page",)),
    Case("a PDF", "a.csv", b"%PDF-1.7\n%\xe2\xe3", refused=True, says=("PDF",)),
    Case("a ZIP", "a.csv", _zip(), refused=True, says=("ZIP archive",)),
    Case("an old workbook as text", "a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), refused=True, says=("old Excel",)),
    Case("an old workbook", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), refused=True, says=("cannot be read: save it as .xlsx",)),
    Case("Parquet under a text name", "a.csv", b"PAR1" + bytes(40), refused=True, says=("Parquet",)),
    Case("a binary file", "a.csv", bytes(range(256)) * 4, refused=True, says=("not a text file",)),
    Case("a broken workbook", "a.xlsx", b"PK\x03\x04 nothing", refused=True, says=("not an Excel workbook",)),
    Case("a broken Parquet file", "a.parquet", b"PAR1 nothing", refused=True, says=("not a Parquet file",)),
    Case("a broken database", "a.db", b"SQLite format 3\x00 nothing", refused=True, says=("cannot be read",)),
    Case("a kind that is not known", "a.sav", b"nothing", refused=True, says=("files of this kind",)),
]  # fmt: skip

JSON = [
    Case("lines of JSON", "a.ndjson", b'{"date":"2026-01-01","channel":"A","cost":1.50}\n{"cost":2.5,"date":"2026-01-02","channel":"B"}\n',
         rows=[(JAN1, "A", d("1.50")), (JAN2, "B", d("2.50"))], read={}),
    Case("JSON with long ids", "a.jsonl", b'{"date":"2026-01-01","id":9007199254740993}\n{"date":"2026-01-02","id":18446744073709551617}\n',
         rows=[(JAN1, "9007199254740993"), (JAN2, "18446744073709551617")]),
    Case("JSON with an object inside and a key missing", "a.ndjson", b'{"date":"2026-01-01","utm":{"source":"x"}}\n{"date":"2026-01-02","n":1}\n',
         rows=[(JAN1, "x", None), (JAN2, None, 1)]),
    Case("a broken line of JSON", "a.ndjson", b'{"date":"2026-01-01","n":1}\n{"date":\n{"date":"2026-01-02","n":2}\n',
         rows=[(JAN1, 1), (JAN2, 2)], says=("a.ndjson:2", "not a JSON object")),
    Case("one JSON list", "a.ndjson", b'[{"date":"2026-01-01"}]', refused=True, says=("one JSON list",)),
    Case("lines of JSON packed", "a.ndjson.gz", gzip.compress(b'{"date":"2026-01-01","n":1}\n{"date":"2026-01-02","n":2}\n'),
         rows=[(JAN1, 1), (JAN2, 2)]),
]  # fmt: skip

CASES = [*ENCODINGS, *LINES, *SEPARATORS, *PACKED, *JSON]
