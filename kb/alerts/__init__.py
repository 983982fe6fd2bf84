"""Alerts: a mail a day or a week with what is new for a search, for whoever confirmed an address."""
