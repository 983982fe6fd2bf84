"""The tests: unit, integration (database, index, interfaces), browser (journeys), conventions and bench."""

import gc

# A test makes an application, rows and pages, which refer to one another in circles and are thrown away together.
# The collector that looks after each 700 new objects takes a twelfth of the time; after 50,000, which are some
# megabytes, it finds the same.
gc.set_threshold(50_000, 20, 50)
