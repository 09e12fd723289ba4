"""Promises that only a real terminal and a real process can show."""
