"""The tests: unit, integration (database, index, interfaces), browser (journeys), conventions and bench."""
