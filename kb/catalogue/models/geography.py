"""Where things are: regions, countries, and the gazetteer of places (GeoNames, over 5,000 people)."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Sorted
from kb.core.db import Model
from kb.core.languages import CountryLanguage, languages_of


class Region(Model):
    """A sub-region of the United Nations' M49 list, such as Southern Asia."""

    __tablename__ = "regions"

    code: Mapped[Code] = mapped_column(primary_key=True)
    label: Mapped[Name]
    continent: Mapped[Name]


class Country(Sorted, Model):
    """A country or territory by its ISO 3166 codes; `income_group` is the World Bank's, None where unclassified."""

    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    iso3: Mapped[str] = mapped_column(String(3))
    numeric: Mapped[str | None] = mapped_column(String(3))
    name: Mapped[Name]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    income_group: Mapped[str | None] = mapped_column(String(20), index=True)

    region: Mapped[Region | None] = relationship()

    @property
    def languages(self) -> tuple[CountryLanguage, ...]:
        """Its languages, official ones first."""
        return languages_of(self.code)


class Place(Model):
    """A populated place; `id` is its GeoNames id. Coordinates in degrees (WGS 84); None is unknown.

    `climate_zone` is a code of CLIMATE_ZONES; `relief_m` the highest less the lowest of the places within 50 km.
    """

    __tablename__ = "places"
    __table_args__ = (Index("ix_places_country_code_folded", "country_code", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[Name]
    folded: Mapped[Name] = mapped_column(index=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("countries.code"))
    admin1: Mapped[str | None] = mapped_column(String(20))
    latitude: Mapped[float]
    longitude: Mapped[float]
    population: Mapped[int | None]
    timezone: Mapped[str | None] = mapped_column(String(60))
    is_capital: Mapped[bool]
    climate_zone: Mapped[str | None] = mapped_column(String(3))
    elevation_m: Mapped[int | None]
    relief_m: Mapped[int | None]

    country: Mapped[Country] = relationship()


class PlaceName(Model):
    """Another name of a place, as people write it; `folded` is what look-ups compare."""

    __tablename__ = "place_names"

    place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    folded: Mapped[Name] = mapped_column(index=True)
