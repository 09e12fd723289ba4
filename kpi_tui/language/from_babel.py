"""`python -m kpi_tui.language.from_babel`: writes `cldr.json`, what Babel knows of the program's languages.

Babel is a tool of development only: nothing that runs for a user imports it.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import babel

from kpi_tui.language.cldr import FILE, Locale
from kpi_tui.language.language import LANGUAGES

_POWERS = (3, 6, 9, 12)


def of(code: str) -> Locale:
    """What Babel says of a language."""
    said = babel.Locale.parse(code)
    marks = said.number_symbols.get("latn", said.number_symbols)
    names = said.compact_decimal_formats["short"]["other"]
    inside, alone = said.months["format"], said.months["stand-alone"]
    return Locale(
        decimal=marks["decimal"],
        group=marks["group"],
        powers=[names[str(10**power)].pattern.strip("0").replace("'", "").strip() for power in _POWERS],
        sign_first=said.currency_formats["standard"].pattern.startswith("¤"),
        signs={name: str(sign) for name, sign in sorted(said.currency_symbols.items()) if name != sign},
        months={
            name: [str(found[month]) for month in range(1, 13)]
            for name, found in (
                ("wide", inside["wide"]),
                ("abbreviated", inside["abbreviated"]),
                ("alone", alone["abbreviated"]),
            )
        },
    )


def main() -> None:
    """Write the file anew."""
    found = {code: asdict(of(code)) for code in LANGUAGES}
    FILE.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
