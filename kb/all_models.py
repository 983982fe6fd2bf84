"""Every table, so that one import fills the metadata; a package with tables is named here."""

import kb.accounts.models
import kb.alerts.models
import kb.catalogue.models
import kb.editorial.models
import kb.exporting.downloads.models
import kb.forum.models
import kb.images.models
import kb.importing.models
import kb.migrations.models
import kb.questions.models
import kb.seeding.models  # noqa: F401 - imported for the tables they declare
