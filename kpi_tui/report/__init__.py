"""A scorecard as records for scripts (JSON, CSV) and as tables and sentences for people."""
