"""Promises of speed and memory, measured as whole processes against a floor in the same run; not part of the tests."""
