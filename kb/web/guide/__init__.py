"""The guide for whoever uses the data in programs: what there is, with examples that run as they stand.

Each file in `examples` is one example, NAME-LANGUAGE.txt, with PLACEHOLDER for the address of the site.
`tests/integration/test_guide.py` runs all of them against a live server; those in R where R is installed.
"""
