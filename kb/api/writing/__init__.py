"""The writing half of the interface for programs: proposals, made by a key, and never anything that is published.

`authentication` finds the key and its owner, `bodies` reads JSON strictly, `preconditions` compares versions,
`idempotency` does a request once, `proposals` is what programs are told of one, `documentation` what OpenAPI says of
all of it, and `views` are the addresses with their queries; what they do is in `saving`.
"""

from . import views
from .blueprint import blueprint, register

__all__ = ["blueprint", "register", "views"]
