"""kpi-tui: a marketing team's goals, metrics and bonus in a terminal. Nothing heavy is imported here."""

__version__ = "0.1.0"
