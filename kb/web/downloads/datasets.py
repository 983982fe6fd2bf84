"""What the pages of downloads and releases say to machines: schema.org, and links to their files (signposting.org)."""

from collections.abc import Sequence

from kb.exporting.citations import Citation
from kb.exporting.export import LICENCE, PUBLISHER

from ..core.jsonld import JSONLD
from ..core.links import absolute, site_address

Distribution = tuple[str, str, int, str]
"""A file: its path, its media type, its size in bytes and its SHA-256."""


def dataset(citation: Citation, description: str, distribution: Distribution) -> JSONLD:
    """A data set that is cited, with its file."""
    path, mimetype, size, checksum = distribution
    publisher = {"@type": "Organization", "name": PUBLISHER, "url": f"{site_address()}/"}
    return {
        "@type": "Dataset",
        "name": citation.title,
        "description": description,
        "url": citation.address,
        "identifier": citation.address,
        "version": citation.version,
        "datePublished": citation.made_on.isoformat(),
        "license": LICENCE,
        "creator": publisher,
        "publisher": publisher,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": absolute(path),
                "encodingFormat": mimetype,
                "contentSize": f"{size} B",
                "sha256": checksum,
            }
        ],
    }


def link_header(citation: Citation, item: tuple[str, str], citations: Sequence[tuple[str, str]]) -> str:
    """The `Link` header of a data set's page: what it is cited as, its file, and files that describe it, by path."""
    links = [
        f'<{citation.address}>; rel="cite-as"',
        f'<{LICENCE}>; rel="license"',
        '<https://schema.org/Dataset>; rel="type"',
        '<https://schema.org/AboutPage>; rel="type"',
        f'<{absolute(item[0])}>; rel="item"; type="{item[1]}"',
    ]
    return ", ".join(
        links + [f'<{absolute(path)}>; rel="describedby"; type="{mimetype}"' for path, mimetype in citations]
    )
