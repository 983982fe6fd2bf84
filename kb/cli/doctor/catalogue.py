"""The database, the search index, and what waits in them."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError

from kb.alerts.queries import count_alerts
from kb.catalogue.queries import letters_in_use, restoration
from kb.core.column_types import UTCDateTime, now
from kb.core.database_errors import DatabaseBusy
from kb.core.db import Database
from kb.migrations.nodes import running_nodes
from kb.migrations.state import Relation, SchemaState, schema_state
from kb.pdf import fonts
from kb.questions.queries import count_questions
from kb.search import indexing
from kb.web.core.assets import VENDOR
from kb.web.core.pdf import pango_is_there

from ..context import Context, documents, ngettext
from .lines import Line

_LATE = timedelta(hours=12)
"""Longer than a mail server that is away for a while keeps a mail waiting (`kb.alerts.sending`)."""

_CLOCK_WARNING = timedelta(seconds=5)
_CLOCK_PROBLEM = timedelta(seconds=60)


def database_lines(database: Database) -> Iterator[Line]:
    """Whether the database can be read and written, has the program's version, and the machine's time."""
    try:
        with database.reading() as session:
            version = "sqlite_version()" if database.is_sqlite else "current_setting('server_version')"
            server_version = session.scalar(sql(f"SELECT {version}"))
        state = schema_state(database)
    except SQLAlchemyError as problem:
        advice = "run `kb seed` on a new machine" if database.is_sqlite else "start it, or correct DATABASE_URL"
        yield Line.problem("database", f"cannot be opened: {str(problem).splitlines()[0]}", advice)
        return
    yield Line.ok("database", f"{database.engine.dialect.name} {server_version}")
    yield from _writing(database)
    if not database.is_sqlite:
        yield from _clock(database)
        yield from _standbys(database)
    yield _version(state)
    if state.can_run:
        yield from _nodes(database)
        yield from _restoration(database)
        yield from alert_lines(database)
        yield from question_lines(database)


def _writing(database: Database) -> Iterator[Line]:
    try:
        why = database.why_unwritable()
    except DatabaseBusy as problem:
        yield Line.warning("database", f"others were writing all the time: {problem}", "run `kb doctor` again")
        return
    except SQLAlchemyError as problem:
        why = str(problem).splitlines()[0]
    yield Line.problem("database", f"cannot be written to: {why}") if why else Line.ok("database", "can be written to")


def _clock(database: Database) -> Iterator[Line]:
    """Compare the clock of this machine with the database's; the time that the answer takes is left out."""
    with database.reading() as session:
        before = now()
        theirs = session.scalars(select(func.clock_timestamp(type_=UTCDateTime))).one()
        after = now()
    ahead = before - theirs if before > theirs else min(after - theirs, timedelta())
    seconds = ahead.total_seconds()
    difference = f"{abs(seconds):,.0f} s {'ahead of' if seconds > 0 else 'behind'} the database's"
    if abs(ahead) < _CLOCK_WARNING:
        yield Line.ok("clock", "as the database's")
    else:
        line = Line.problem if abs(ahead) >= _CLOCK_PROBLEM else Line.warning
        yield line(
            "clock", difference, "set both by NTP (Debian: systemd-timesyncd); codes and links expire by the clock"
        )


def _standbys(database: Database) -> Iterator[Line]:
    """The servers that pages are read from; one that is left out makes no page fail."""
    for standby in database.standbys():
        check = f"standby {standby.name}"
        lag = "" if standby.lag_seconds is None else f"{standby.lag_seconds:,.1f} s behind"
        if not standby.reachable:
            yield Line.warning(check, "cannot be reached", "start it, or correct DATABASE_READ_URL")
        elif standby.is_of_another:
            text = "has another database than DATABASE_URL names, so it is not read"
            yield Line.problem(check, text, "correct DATABASE_READ_URL")
        elif not standby.used:
            text = lag or "not known how far behind"
            yield Line.warning(check, f"{text}, so it is not read", "find out why replication does not keep up")
        else:
            yield Line.ok(check, lag or "answers")


def _version(state: SchemaState) -> Line:
    check, words = "database version", f"{state.here or 'none'}, newest is {state.head}"
    match state.relation:
        case Relation.CURRENT:
            return Line.ok(check, words)
        case Relation.EXPANDED:
            return Line.warning(check, words, "run `kb migrate --contract` once no older version of the program runs")
        case Relation.AHEAD:
            return Line.warning(check, f"{state.here}, newer than this program ({state.head})", "update the program")
        case Relation.TOO_NEW:
            words = f"{state.here}, too new for this program ({state.head})"
            return Line.problem(check, words, "update the program")
    return Line.problem(check, words, "run `kb migrate`" if state.here else "run `kb seed`")


def _nodes(database: Database) -> Iterator[Line]:
    """The nodes that serve this database now; a warning where they are of several versions."""
    with database.engine.connect() as connection:
        nodes = running_nodes(connection)
    listed = ", ".join(f"{node.name} ({node.version}, database {node.revision})" for node in nodes) or "none running"
    if len({(node.version, node.revision) for node in nodes}) > 1:
        yield Line.warning("nodes", f"several versions are running: {listed}", "update the older ones")
    else:
        yield Line.ok("nodes", listed)


def _restoration(database: Database) -> Iterator[Line]:
    """From when the data are, if they were restored from a backup."""
    with database.reading() as session:
        restored = restoration(session)
    if restored is not None:
        restored_at, made_at = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (restored.restored_at, restored.backup_made_at))
        yield Line.ok("restored", f"on {restored_at}, from a backup of {made_at}")


def alert_lines(database: Database) -> Iterator[Line]:
    """Whether mails about new entries are sent, where people get any."""
    with database.reading() as session:
        confirmed, late = count_alerts(session, now() - _LATE)
    if confirmed:
        words = ngettext("%(num)s alert", "%(num)s alerts", confirmed)
        yield _with_late("mails about new entries", words, late)


def question_lines(database: Database) -> Iterator[Line]:
    """Whether mails about questions to cities are sent, and late questions go to the editors, where there are any."""
    with database.reading() as session:
        still_open, late = count_questions(session, now() - _LATE)
    if still_open or late:
        words = ngettext("%(num)s open", "%(num)s open", still_open)
        yield _with_late("questions to cities", words, late)


def _with_late(check: str, words: str, late: int) -> Line:
    if not late:
        return Line.ok(check, words)
    words += ngettext(", %(num)s late", ", %(num)s late", late)
    return Line.problem(check, words, "see the lines about mail and nodes: `kb serve` sends them")


def index_lines(context: Context, database: Database) -> Iterator[Line]:
    """Whether the index is there, and holds what the database does."""
    try:
        if not schema_state(database).can_run:
            return
    except SQLAlchemyError:
        # Said of the database already.
        return
    status = indexing.status(database, context.config.search_index)
    if status.generation is None:
        yield Line.problem("index", str(status.reason))
        return
    lag = indexing.index_lag(database, context.config.search_index)
    if lag is not None and lag.changes:
        line = Line.problem if lag.seconds > context.config.ready_lag_seconds else Line.warning
        words = ngettext("%(num)s change behind", "%(num)s changes behind", lag.changes)
        yield line("index", f"{words}, the first {lag.seconds:,.0f} s old", "`kb serve` catches up: does it run?")
    differences = indexing.check(database, context.config.search_index)
    words = ngettext("%(num)s difference", "%(num)s differences", len(differences))
    text = f"{documents(status.documents)}, {words}"
    yield Line.problem("index", text, "run `kb index rebuild`") if differences else Line.ok("index", text)


def font_lines(database: Database) -> Iterator[Line]:
    """Which scripts cannot be shown in a PDF; a problem where the catalogue has letters of one."""
    check = "PDF fonts"
    if not pango_is_there():
        packages = "libpango-1.0-0 libpangoft2-1.0-0"
        yield Line.ok("PDF", f"not offered, because Pango is not installed (Debian: {packages})")
        return
    try:
        with database.reading() as session:
            used = letters_in_use(session)
    except SQLAlchemyError:
        # Said of the database already.
        return
    missing = fonts.without_font(used | set(fonts.SAMPLES.values()), VENDOR)
    needed = fonts.scripts_of(missing & used)
    if needed:
        install = f"install {' '.join(fonts.packages_for(needed))} (Debian)"
        yield Line.problem(check, f"the catalogue has letters without a font: {', '.join(needed)}", install)
    other = [script for script in fonts.scripts_of(missing - used) if script not in needed]
    if other:
        install = f"{' '.join(fonts.packages_for(other))} (Debian) would add them"
        yield Line.ok(check, f"none for {', '.join(other)}; no entry uses these; {install}")
    if not missing:
        yield Line.ok(check, f"all of {len(fonts.SAMPLES)} scripts")
