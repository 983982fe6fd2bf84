"""The pages of the catalogue: cities, leaders, visions and initiatives, with their history; terms; the map."""
