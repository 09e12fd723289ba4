"""The screens: the main one with the panes, and those it opens over itself."""
