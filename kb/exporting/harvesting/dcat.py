"""The catalogue of data sets as DCAT-AP 3: the living catalogue, its releases with their archives, and its services.

Everything has an address of its own, below that of the page about the data, so that the same state gives the same text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rdflib import DCTERMS, FOAF, RDF, XSD, Graph, Literal, Namespace, URIRef

from ..export import LICENCE, PUBLISHER
from ..releases.documents import TITLE
from ..releases.listing import Release

# rdflib's own list of terms is of DCAT 2.
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = Namespace("http://publications.europa.eu/resource/authority/")
MEDIA = Namespace("https://www.iana.org/assignments/media-types/")

MIMETYPES: Mapping[str, tuple[str, str]] = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "pretty-xml"),
}
"""Content type, and name of the serialization in rdflib, by the end of the address."""

DESCRIPTION = (
    "Initiatives of cities with their outcomes, costs, lessons and sources, the cities themselves, their leaders and "
    "strategies, and the Sustainable Development Goals and challenges that they address."
)
KEYWORDS = ("smart cities", "urban development", "Sustainable Development Goals", "city challenges", "peer learning")

_DATA_PACKAGE = URIRef("https://specs.frictionlessdata.io/data-package/")
_OAI_PMH = URIRef("http://www.openarchives.org/OAI/openarchivesprotocol.html")
_OPENAPI = URIRef("https://spec.openapis.org/oas/v3.1.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCatalogue:
    """What is described: the site's address without a slash at its end, whom to write to, and the last change."""

    site: str
    email: str
    changed: datetime | None
    releases: Sequence[Release]

    @property
    def page(self) -> str:
        """The address of the page about the data."""
        return f"{self.site}/data"


def serialized(catalogue: DataCatalogue, end: str) -> bytes:
    """The catalogue as the address with one of the ends of MIMETYPES gives it."""
    text: str = graph(catalogue).serialize(format=MIMETYPES[end][1])
    return text.encode()


def graph(catalogue: DataCatalogue) -> Graph:
    """The catalogue as statements."""
    made = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dcterms", DCTERMS), ("foaf", FOAF), ("spdx", SPDX), ("vcard", VCARD)):
        made.bind(prefix, namespace)
    page, whole = URIRef(catalogue.page), URIRef(f"{catalogue.page}#catalog")
    _add(made, whole, DCAT.Catalog, DCTERMS.title, TITLE)
    _add(made, whole, None, DCTERMS.description, DESCRIPTION)
    _describe(made, catalogue, whole)
    made.add((whole, FOAF.homepage, page))
    living = _living_dataset(made, catalogue)
    made.add((whole, DCAT.dataset, living))
    for release in catalogue.releases:
        made.add((whole, DCAT.dataset, _release(made, catalogue, release, living)))
    for service in _services(made, catalogue, living):
        made.add((whole, DCAT.service, service))
    return made


def _describe(made: Graph, catalogue: DataCatalogue, what: URIRef) -> None:
    """What the catalogue, its data sets and its services have in common: who publishes them, and that they are free."""
    publisher, contact = URIRef(f"{catalogue.site}/#publisher"), URIRef(f"{catalogue.page}#contact")
    made.add((publisher, RDF.type, FOAF.Agent))
    made.add((publisher, FOAF.name, Literal(PUBLISHER, lang="en")))
    made.add((publisher, FOAF.homepage, URIRef(f"{catalogue.site}/")))
    made.add((contact, RDF.type, VCARD.Kind))
    made.add((contact, VCARD.fn, Literal(PUBLISHER, lang="en")))
    made.add((contact, VCARD.hasEmail, URIRef(f"mailto:{catalogue.email}")))
    made.add((what, DCTERMS.publisher, publisher))
    made.add((what, DCAT.contactPoint, contact))
    made.add((what, DCTERMS.license, URIRef(LICENCE)))
    made.add((what, DCTERMS.accessRights, EU["access-right/PUBLIC"]))
    made.add((what, DCTERMS.language, EU["language/ENG"]))


def _living_dataset(made: Graph, catalogue: DataCatalogue) -> URIRef:
    living = URIRef(f"{catalogue.page}#dataset")
    _add(made, living, DCAT.Dataset, DCTERMS.title, "CityPeers catalogue, as it is now")
    _describe_dataset(made, catalogue, living)
    made.add((living, DCAT.landingPage, URIRef(catalogue.page)))
    made.add((living, DCTERMS.accrualPeriodicity, EU["frequency/CONT"]))
    if catalogue.changed is not None:
        made.add((living, DCTERMS.modified, Literal(catalogue.changed)))
    for name, title, address in (
        ("api", "Entries as JSON", "/api/v1/initiatives"),
        ("oai", "Entries as Dublin Core (OAI-PMH)", "/oai?verb=ListRecords&metadataPrefix=oai_dc"),
    ):
        distribution = URIRef(f"{catalogue.page}#dataset-{name}")
        _add(made, distribution, DCAT.Distribution, DCTERMS.title, title)
        made.add((distribution, DCAT.accessURL, URIRef(f"{catalogue.site}{address}")))
        made.add((distribution, DCAT.accessService, _service(catalogue, name)))
        made.add((distribution, DCTERMS.license, URIRef(LICENCE)))
        made.add((living, DCAT.distribution, distribution))
    return living


def _describe_dataset(made: Graph, catalogue: DataCatalogue, dataset: URIRef) -> None:
    _describe(made, catalogue, dataset)
    _add(made, dataset, None, DCTERMS.description, DESCRIPTION)
    for keyword in KEYWORDS:
        made.add((dataset, DCAT.keyword, Literal(keyword, lang="en")))
    for theme in ("REGI", "ENVI", "TECH"):
        made.add((dataset, DCAT.theme, EU[f"data-theme/{theme}"]))


def _release(made: Graph, catalogue: DataCatalogue, release: Release, living: URIRef) -> URIRef:
    address = f"{catalogue.page}/releases/{release.name}"
    dataset, distribution = URIRef(address), URIRef(f"{address}#archive")
    _add(made, dataset, DCAT.Dataset, DCTERMS.title, f"CityPeers catalogue, version {release.version}")
    _describe_dataset(made, catalogue, dataset)
    made.add((dataset, DCTERMS.identifier, Literal(address, datatype=XSD.anyURI)))
    made.add((dataset, DCAT.landingPage, URIRef(f"{catalogue.page}#{release.name}")))
    made.add((dataset, DCAT.version, Literal(release.version)))
    made.add((dataset, DCAT.isVersionOf, living))
    made.add((living, DCAT.hasVersion, dataset))
    made.add((dataset, DCTERMS.issued, Literal(release.made_on)))
    made.add((dataset, DCTERMS.modified, Literal(release.made_on)))
    if release.previous in {other.name for other in catalogue.releases}:
        made.add((dataset, DCAT.previousVersion, URIRef(f"{catalogue.page}/releases/{release.previous}")))
    made.add((dataset, DCAT.distribution, distribution))
    _add(made, distribution, DCAT.Distribution, DCTERMS.title, "All tables as CSV, with their descriptions (ZIP)")
    made.add((distribution, DCAT.accessURL, dataset))
    made.add((distribution, DCAT.downloadURL, URIRef(f"{address}.zip")))
    made.add((distribution, DCAT.mediaType, MEDIA["text/csv"]))
    made.add((distribution, DCAT.packageFormat, MEDIA["application/zip"]))
    made.add((distribution, DCTERMS.format, EU["file-type/CSV"]))
    made.add((distribution, DCAT.byteSize, Literal(release.size, datatype=XSD.nonNegativeInteger)))
    made.add((distribution, DCTERMS.license, URIRef(LICENCE)))
    made.add((distribution, DCTERMS.issued, Literal(release.made_on)))
    made.add((distribution, DCTERMS.conformsTo, _DATA_PACKAGE))
    checksum = URIRef(f"{address}#checksum")
    made.add((distribution, SPDX.checksum, checksum))
    made.add((checksum, RDF.type, SPDX.Checksum))
    made.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    made.add((checksum, SPDX.checksumValue, Literal(release.checksum, datatype=XSD.hexBinary)))
    return dataset


def _service(catalogue: DataCatalogue, name: str) -> URIRef:
    return URIRef(f"{catalogue.page}#service-{name}")


def _services(made: Graph, catalogue: DataCatalogue, living: URIRef) -> list[URIRef]:
    """The interface for programs, and the one for harvesters."""
    services = []
    for name, title, endpoint, description, standard in (
        ("api", "CityPeers API", "/api/v1", "/api/v1/openapi.json", _OPENAPI),
        ("oai", "CityPeers OAI-PMH", "/oai", "/oai?verb=Identify", _OAI_PMH),
    ):
        service = _service(catalogue, name)
        _add(made, service, DCAT.DataService, DCTERMS.title, title)
        _describe(made, catalogue, service)
        made.add((service, DCAT.endpointURL, URIRef(f"{catalogue.site}{endpoint}")))
        made.add((service, DCAT.endpointDescription, URIRef(f"{catalogue.site}{description}")))
        made.add((service, DCTERMS.conformsTo, standard))
        made.add((service, DCAT.servesDataset, living))
        services.append(service)
    return services


def _add(made: Graph, what: URIRef, type_: URIRef | None, name: URIRef, words: str) -> None:
    if type_ is not None:
        made.add((what, RDF.type, type_))
    made.add((what, name, Literal(words, lang="en")))
