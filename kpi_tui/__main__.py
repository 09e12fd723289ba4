"""`python -m kpi_tui`: the same as the `kpi-tui` command."""

import sys

from kpi_tui.cli import main

sys.exit(main())
