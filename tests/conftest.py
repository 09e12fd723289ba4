"""What holds for all tests: no example has a time limit, since what else runs on the machine is not known."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
