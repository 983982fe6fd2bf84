"""How other programs fetch what is in the catalogue and what has changed: Atom feeds, OAI-PMH and DCAT.

Addresses of pages are given as functions; nothing here knows of HTTP.
"""
