"""The formula language: a small, checked part of SQL over columns (inside an aggregate) and metrics (outside).

`parse.py` turns text into the tree of `tree.py` by the rules of `grammar.py`; `columns.py` turns a tree into a typed
Polars expression. No user text is ever handed to an SQL engine.
"""
