"""Data health: what becomes of every row, and what looks wrong in those that are used; computed when asked for."""
