"""`python -m kpi_tui`: the same as the `kpi-tui` command."""

from kpi_tui.cli import run

run()
