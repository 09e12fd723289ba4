"""The panes: each turns a scorecard into columns and rows. They know neither the app nor each other."""
