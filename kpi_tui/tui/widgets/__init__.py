"""Widgets that know nothing about KPIs: they are handed values and draw the difference to what is on the screen."""
