"""Tests of the container image, which `make test-image` builds: no part of `make test`."""
