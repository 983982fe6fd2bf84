"""The web interface: pages for people. HTTP lives here; what is true of cities lives in the packages.

Each package has a folder here for its pages: `views` (one module, or a folder with a module for each kind of work),
`schemas` for its URLs and forms, and beside them what its pages show; the templates of its views stand in `templates/`
under the same name. `desk` is for `editorial` and `importing`; `site` is what belongs to no package.

`registration` puts all of it on the application: nothing is imported here, so that a command that needs one module of
`core` does not wait for every page. `core` is what all packages share, and knows none of them; `request_budgets` counts
each request before anything else, and `page_caching` says which public pages a proxy may keep.
The path of a request: `routing` cleans the environ and redirects trailing slashes, `headers` guard, `context` holds who
asks and the database session, `access` lets people in whose role has a permission, `csrf` tells our own forms from
forged ones, `submissions` lets a form make something once, `forms` keeps what was typed beside what is wrong with it
and `form_resubmission` what came too late,
`query_schemas` reads the query, `errors` answers every error with a page. A template is filled by one of the typed
`pages`. Then `links` knows every URL, `breadcrumbs` the pages above each, `formatting` writes numbers and dates,
`labels` names codes, `timezones` hours of sessions, `language` translates, `world_map` draws maps,
`pdf` prepares PDFs, `csv_export` writes CSV, `jsonld` describes pages to machines, and `assets` gives files a URL that
may be cached for ever.
"""
