"""What comes in from outside and goes out again; today the seed that a fresh catalogue is made from.

Vocabulary: the gazetteer is the list of places from GeoNames; facts are the researched entries of `seed_data/`; a
SeedRecord remembers which fact made which entry, so that seeding again never doubles, revives or overwrites.

Neighbours: writes the tables of the catalogue; knows nothing of search or HTTP.
"""
