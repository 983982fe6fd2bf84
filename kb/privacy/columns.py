"""Every column that can hold text about a person, by what becomes of it when that person is erased.

`tests/conventions/test_personal_data.py` compares these lists with the models: a new column with text is named here.
"""

from collections.abc import Iterator, Mapping

Columns = Mapping[str, str]
"""Names of columns with spaces between them, by the name of their table."""

OWNED: Columns = {
    "users": "email name sort_key organisation role password_hash stamp",
    "api_keys": "user_id name prefix key_hash scopes",
    "authenticator_apps": "user_id secret",
    "passkeys": "user_id name credential_id public_key",
    "recovery_codes": "user_id prefix code_hash",
    "idempotent_requests": "user_id id request_hash location body",
    "question_mails": "user_id kind state claim message_id",
    "alerts": "email question words language frequency stamp state claim message_id",
    "blocked_askers": "pattern",
}
"""Their rows belong to one person, and are deleted with that person."""

ACCOUNTS: Columns = {
    "audit_events": "actor_id",
    "city_answers": "person_id answered_by_id",
    "imports": "actor_id undone_by_id",
    "proposals": "author_id reviewer_id",
    "remarks": "author_id",
    "revisions": "actor_id",
    "withdrawals": "actor_id",
}
"""The account that did it; empty once the account is erased."""

NAMES_OF_ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "audit_events": {"actor_name": "actor_id"},
    "city_answers": {"answered_by_name": "answered_by_id"},
    "imports": {"actor_name": "actor_id"},
    "proposals": {"author_name": "author_id", "reviewer_name": "reviewer_id"},
    "remarks": {"author_name": "author_id"},
    "revisions": {"actor_name": "actor_id"},
    "withdrawals": {"actor_name": "actor_id"},
}
"""The name of whoever did it, with the column of the account; it becomes "former account 17"."""

NAMES: Columns = {
    "blocked_askers": "by",
    "city_questions": "asker_name",
    "forum_chair_links": "name",
    "forum_clock_steps": "by",
    "forum_questions": "asker_name answered_by_name",
    "remarks": "resolved_by",
}
"""A name alone; where it is the name of the erased person, it is replaced too."""

ADDRESSES: Columns = {"city_questions": "email", "reports": "email"}
"""A mail address in a row that stays; it is emptied."""

TEXTS: Columns = {
    "audit_events": "key details",
    "city_answers": "text reason introduction_note",
    "city_questions": "text asker_city",
    "forum_brief_edits": "text drawn",
    "forum_questions": "text answer",
    "forum_sessions": "note",
    "forum_slots": "notes",
    "import_edits": "cells",
    "import_keys": "collection key said",
    "import_rows": "key title said before changes problems doubts cells similar left",
    "imports": "collection file_name sheet columns mapping words unknown notes problem",
    "proposals": "base data title note reason",
    "remarks": "text",
    "reports": "message source note",
    "revisions": "why",
    "search_demand": "query",
    "submissions": "location",
    "withdrawals": "reason",
}
"""What people write to one another, and what is noted of their work; address and name are erased within it."""

FILES: Columns = {"import_files": "content"}
"""The file of an import that has not run yet."""

MARKS: Columns = {
    "city_answers": "stamp",
    "city_questions": "stamp",
    "ended_sign_ins": "id",
    "forum_blocks": "asker_hash",
    "forum_chair_links": "token_hash",
    "forum_questions": "asker_hash",
    "forum_votes": "voter_hash",
    "submissions": "id",
}
"""Random numbers and hashes by which a browser, a link or a form is recognised; nobody can be found by them."""

_ENTRY = "slug sort_key language"
_PICTURE = "image_key alt author licence source_url"

PUBLISHED: Columns = {
    "catalogue_identity": "name",
    "cities": f"{_ENTRY} name country_code leader_title website",
    "city_challenges": "challenge_code severity status",
    "city_pictures": _PICTURE,
    "download_pieces": "key content",
    "downloads": "code same_question state problem kind format question words filters path site checksum coverage "
    "pieces",
    "forum_sessions": "slug title theme timezone place languages organisers state guiding_questions short_code",
    "forum_slots": "kind title abstract",
    "forum_speakers": "name title organisation city_name country_code role status attendance note",
    "forum_statements": "kind text",
    "forums": "slug title organisers place",
    "images": "key large small",
    "initiative_challenges": "challenge_code",
    "initiative_funding": "kind",
    "initiative_goals": "origin",
    "initiative_pictures": _PICTURE,
    "initiative_sources": "title",
    "initiative_targets": "target_code origin",
    "initiative_technologies": "technology_code",
    "initiatives": f"{_ENTRY} title summary problem action results beneficiaries stage scale evidence_direction "
    "evidence_note cost_currency cost_note procurement lessons needs_mandate needs_staff needs_prerequisites "
    "adapted_from_note contact",
    "leader_pictures": _PICTURE,
    "leader_terms": "title note",
    "leaders": f"{_ENTRY} name",
    "outcomes": "measure unit qualifier direction",
    "partners": "name role",
    "redirects": "kind slug",
    "reports": "kind slug title about",
    "revisions": "kind made_from data",
    "sources": "url title",
    "vision_goals": "origin",
    "vision_pictures": _PICTURE,
    "visions": f"{_ENTRY} title gist",
    "withdrawals": "kind slug title",
}
"""What is published about cities, their leaders and their sessions, with its history: it stays."""

NOT_PERSONAL: Columns = {
    "aims": "code label gist",
    "audit_events": "verb kind",
    "challenge_aims": "challenge_code aim_code",
    "challenge_categories": "challenge_code label",
    "challenges": "code label gist synonyms dimension",
    "changes": "kind action",
    "city_answers": "state",
    "city_questions": "language",
    "countries": "code iso3 numeric name region_code income_group sort_key",
    "forum_brief_edits": "section",
    "forum_clock_steps": "kind",
    "forum_questions": "state state_before",
    "goals": "label gist colour",
    "import_rows": "verdict",
    "imports": "mode state task claim",
    "nodes": "key name revision version",
    "place_names": "name folded",
    "places": "name folded country_code admin1 timezone climate_zone",
    "proposal_images": "image_key",
    "proposals": "kind state origin",
    "regions": "code label continent",
    "remarks": "field",
    "schema_compatibility": "oldest_revision",
    "seed_records": "kind key digest",
    "targets": "code label gist",
    "technologies": "code label gist synonyms group",
    "withdrawal_images": "image_key",
}
"""Codes, places and lists of terms, which say nothing about a person."""


def each(columns: Columns) -> Iterator[tuple[str, str]]:
    """Table and column, one after the other."""
    for table, names in columns.items():
        for name in names.split():
            yield table, name


def declared() -> dict[tuple[str, str], list[str]]:
    """The lists that name each column, by table and column."""
    lists: dict[str, Iterator[tuple[str, str]]] = {
        "OWNED": each(OWNED),
        "ACCOUNTS": each(ACCOUNTS),
        "NAMES_OF_ACCOUNTS": ((table, name) for table, names in NAMES_OF_ACCOUNTS.items() for name in names),
        "NAMES": each(NAMES),
        "ADDRESSES": each(ADDRESSES),
        "TEXTS": each(TEXTS),
        "FILES": each(FILES),
        "MARKS": each(MARKS),
        "PUBLISHED": each(PUBLISHED),
        "NOT_PERSONAL": each(NOT_PERSONAL),
    }
    found: dict[tuple[str, str], list[str]] = {}
    for name, columns in lists.items():
        for column in columns:
            found.setdefault(column, []).append(name)
    return found
