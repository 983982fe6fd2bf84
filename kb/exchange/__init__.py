"""What comes in from outside: the seed that a fresh catalogue is made from, and the files that people bring.

Vocabulary: the gazetteer is the list of places from GeoNames; facts are the researched entries of `seed_data/`; a
SeedRecord remembers which fact made which entry, so that seeding again never doubles, revives or overwrites.

`tables/` reads files of rows; `importing/` makes initiatives of them, by proposals or at once, and takes them back.

Neighbours: the seed writes the tables of the catalogue, imports go through editorial; knows nothing of search or HTTP.
"""
