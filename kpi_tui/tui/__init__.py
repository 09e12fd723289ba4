"""The screen: the only floor that loads Textual. Nothing here is imported by `show`, `set`, `check` or `--help`."""
