"""The interface for programs, `/api/v1`: the catalogue as JSON, described by OpenAPI.

Reading is open; writing makes proposals and needs a key. Fields derive from the declarations in
`kb.catalogue.entries`.
"""
