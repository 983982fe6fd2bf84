"""What other programs fetch: feeds (Atom), all entries (OAI-PMH), what data there are (DCAT), a word to models."""

from . import dcat, feeds, llms, oai

BLUEPRINTS = [feeds.blueprint, oai.blueprint, dcat.blueprint, llms.blueprint]
