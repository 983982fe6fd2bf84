"""Pages of downloads that can be cited (`views`), and of the releases (`data`), with what they show (`pages`)."""
