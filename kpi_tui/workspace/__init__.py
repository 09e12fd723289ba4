"""What the team agreed on: pure values and the one TOML file that holds them. No Polars, no Textual here."""
