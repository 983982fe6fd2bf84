"""Pages of downloads that can be cited, and of the releases: `views` and `data`, with their `pages` and `schemas`."""
