"""The table of permissions: which roles have which; interfaces ask it before they let anybody in."""

from collections.abc import Collection

from .models import User

_EVERYONE = frozenset({"contributor", "editor", "administrator"})
_EDITORS = frozenset({"editor", "administrator"})
_ADMINISTRATORS = frozenset({"administrator"})

PERMISSIONS: dict[str, frozenset[str]] = {
    "have-account": _EVERYONE,
    "make-keys": _EVERYONE,
    "propose": _EVERYONE,
    "import-proposals": _EVERYONE,
    "review": _EDITORS,
    "publish": _EDITORS,
    "import-published": _EDITORS,
    "merge": _EDITORS,
    "withdraw": _EDITORS,
    "restore": _EDITORS,
    "edit-terms": _EDITORS,
    "see-failed-searches": _EDITORS,
    "prepare-sessions": _EDITORS,
    "lead-sessions": _EDITORS,
    "answer-questions": _EVERYONE,
    "moderate-questions": _EDITORS,
    "manage-people": _ADMINISTRATORS,
    "read-audit": _ADMINISTRATORS,
}
"""Each permission, and the roles that have it."""

NEED_SECOND_FACTOR = _EDITORS
"""Roles that must sign in in two steps where `KB_SECOND_FACTOR` is `required`."""

SCOPES: dict[str, str] = {"read": "propose", "draft": "propose", "submit": "propose"}
"""What a key for a program may do with its owner's proposals, and the permission that its owner needs for that."""

_OWN_ACCOUNT = frozenset({"have-account", "make-keys"})


def is_administrative(permission: str) -> bool:
    """Whether a permission is about accounts and who may do what, rather than about what is published."""
    return permission in _OWN_ACCOUNT or PERMISSIONS[permission] == _ADMINISTRATORS


def may(user: User | None, permission: str) -> bool:
    """Whether a person may do it; nobody in particular, and people whose account is closed, may do nothing."""
    return user is not None and user.disabled_at is None and user.role in PERMISSIONS[permission]


def may_by_key(user: User, scopes: Collection[str], scope: str) -> bool:
    """Whether a program with a key of these scopes may do what a scope stands for: never more than its owner."""
    return scope in scopes and may(user, SCOPES[scope])
