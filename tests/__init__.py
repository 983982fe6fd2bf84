"""The tests: unit (rooms), integration (doors, database, index), browser (journeys), house (conventions), bench."""
