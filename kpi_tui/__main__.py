"""`python -m kpi_tui`: the same as the `kpi-tui` command."""

from kpi_tui.cli import run

if __name__ == "__main__":
    run()
