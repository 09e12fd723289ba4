"""What the user reads and types: sentences, numbers and dates in English and in Russian."""

from kpi_tui.language.language import Language, choose

__all__ = ["Language", "choose"]
