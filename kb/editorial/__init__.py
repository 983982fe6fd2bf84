"""The editorial package: how an entry comes to be published, and how it stays true.

Vocabulary: a Proposal is a whole entry as a form would send it, with the entry as it was when the proposal began and
its state; a Revision is the whole entry as it was published at one version, by whom and why; a Remark is a comment on
one field; a Redirect leads from a former address to the entry that took its place; a Withdrawal is an entry that was
withdrawn; FailedSearchCount counts searches that found nothing.

The whole entry is one plain dictionary, declared in `kb.catalogue.entries`, the same for forms, imports and revisions:

    validate(session, kind, raw) -> ValidationResult(data, errors, missing)     raises only for what no form sends
    load(session, kind, raw, "draft" | "publish") -> data           raises Invalid(errors by field path)
    blank(kind) -> data
    snapshot(kind, entry) -> data                    of `kb.catalogue.entries`
    entries.write(session, kind, data, entry=None) -> entry

A city is referred to by its slug, or as "place:3688689" by the GeoNames id of a place that has no page yet; leaders,
visions and initiatives by slug; sources by URL. Field paths are "title", "outcomes.2.year", "challenges".

`actions` change things, flush, and never commit; each takes (session, actor, ...). What a person saw is passed as
`seen`, the proposal's version: another one raises EditConflict, which holds both. `rules` say who may do what with
which proposal; `worklists` read what wants attention; `merging` joins versions; `preview` makes rows for previews only.

Neighbours: writes the catalogue through its sessions; takes people from accounts; knows nothing of HTTP or search.
"""
