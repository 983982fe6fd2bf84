"""What is written to askers, to the people of cities and to editors about questions to cities."""

from collections.abc import Callable

from flask import Flask, url_for
from flask_babel import gettext

from kb.core.mail import Email
from kb.questions.models import CityAnswer, CityQuestion, QuestionMail
from kb.questions.replies import MARKER, reply_address
from kb.questions.rules import may_handle
from kb.questions.signed_links import QUESTION_HEADER, QuestionLinks

from ..core import context
from ..core.formatting import day
from ..core.links import absolute, link_to
from ..core.mails import LONGEST_SUBJECT, mail_context
from ..peers.shortlist_page import shortlist_link

Words = tuple[str, list[str]]
"""A subject, and the paragraphs of a mail."""


def links() -> QuestionLinks:
    """What writes and reads the secret parts of links about questions."""
    return QuestionLinks(context.config().secret_key)


def written_outside_requests(app: Flask, mail: QuestionMail) -> Email | None:
    """A mail in the language of whoever gets it; None where there is nobody to get it any more."""
    language = "en" if mail.user_id else mail.question.language
    with mail_context(app, language):
        return _written(mail)


def _written(mail: QuestionMail) -> Email | None:
    if mail.user_id is not None:
        to = mail.user.email if mail.user is not None and mail.user.disabled_at is None else None
    else:
        to = mail.question.reachable_email
    words = _WORDS[mail.kind](mail) if to is not None else None
    if to is None or words is None:
        return None
    subject, paragraphs = words
    return Email(
        to,
        " ".join(subject.split())[:LONGEST_SUBJECT],
        "\n\n".join(paragraphs) + "\n",
        _headers(mail),
        kind="questions",
    )


def _confirm(mail: QuestionMail) -> Words | None:
    """The code. The question is not in it: someone could write anything to a stranger by that."""
    if mail.question.confirmed_at is not None:
        return None
    code = links().code(mail.question)
    text = gettext(
        "Hello,\n\n"
        "someone, probably you, wrote a question to a city on CityPeers and gave this address.\n\n"
        "Open this link within 3 days and press the button on the page. The question is not sent before that:\n\n"
        "%(link)s\n\n"
        "Or type this code where you asked:\n\n"
        "%(code)s\n\n"
        "If it was not you, you do not have to do anything. The question and the address will then be deleted.",
        link=absolute(url_for("questions.confirm", code=code)),
        code=code,
    )
    return gettext("Your code for your question to a city"), [text]


def _received(mail: QuestionMail) -> Words:
    question = mail.question
    lines = [_place_of(answer) for answer in question.answers]
    return gettext("Your question was sent"), [
        gettext("Hello,\n\nyour question was sent:"),
        "\n".join(lines),
        gettext(
            "You can read the answers on this page. Save this link, and do not share it: anybody who has it can read "
            "your question."
        ),
        _follow(question),
        _quoted(question.text),
    ]


def _to_city(mail: QuestionMail) -> Words | None:
    answer, person = mail.answer, mail.user
    if answer is None or person is None or answer.due_at is None or not may_handle(person, answer):
        # It is answered, with the editors, or with another city by now.
        return None
    city = answer.city.name if answer.city else ""
    return gettext("A question to %(city)s", city=city), [
        *_reply_line(),
        gettext("Hello,\n\na reader of CityPeers asks %(city)s:", city=city),
        *_asked(mail.question),
        gettext("Answer or decline here. You do not have to sign in. The link works once, and only for you:")
        + f"\n{absolute(url_for('questions.answer', ticket=links().to_answer(answer, person)))}",
        gettext("On your desk you can also forward the question to a colleague or to another city:")
        + f"\n{_at_desk(answer)}",
        _whether_by_reply(),
        gettext(
            "The person who asked does not see your address unless you agree. If nobody answers by %(day)s, the "
            "question goes to the editors.",
            day=day(answer.due_at.date()),
        ),
    ]


def _reply_line() -> list[str]:
    """What a reply is cut at, where replies reach this site."""
    if not context.config().reply_address:
        return []
    return [f"{MARKER} {gettext('You can reply to this mail. Write your answer above this line.')} {MARKER}"]


def _whether_by_reply() -> str:
    if not context.config().reply_address:
        return str(gettext("You cannot answer by replying to this mail."))
    return str(
        gettext(
            "You can also reply to this mail, once. All text above its first line is sent to the person who asked, "
            "also your signature. Your address is not sent, and nothing is published."
        )
    )


def _headers(mail: QuestionMail) -> dict[str, str]:
    """What tells of which question a mail is that comes back, and the address at which a reply to it answers it.

    Before an address is confirmed, nothing depends on whether it exists.
    """
    if mail.kind == "confirm":
        return {}
    headers = {QUESTION_HEADER: links().of_mail(mail.question, mail.answer, mail.user)}
    address = context.config().reply_address
    if mail.kind == "to-city" and mail.answer is not None and mail.user is not None and address:
        headers["Reply-To"] = reply_address(address, links().to_answer(mail.answer, mail.user))
    return headers


def _to_editors(mail: QuestionMail) -> Words | None:
    answer, person = mail.answer, mail.user
    if answer is None or person is None or answer.state != "editors":
        return None
    why = (
        gettext("The editors now have a question to %(city)s:", city=answer.city.name)
        if answer.city
        else gettext("A reader asks a question about an entry without a city:")
    )
    return gettext("A question for the editors"), [
        why,
        *_asked(mail.question),
        gettext("Answer it, or forward it to a city:") + f"\n{_at_desk(answer)}",
    ]


def _passed_on(mail: QuestionMail) -> Words | None:
    if mail.answer is None:
        return None
    return gettext("Your question was forwarded"), [
        gettext("Hello,\n\nyour question was forwarded:"),
        _place_of(mail.answer),
        _follow(mail.question),
    ]


def _answered(mail: QuestionMail) -> Words | None:
    answer, question = mail.answer, mail.question
    if answer is None or answer.text is None:
        return None
    name, city = signed(answer), answer.city
    if city is not None and not answer.is_by_city:
        # Editors answered, perhaps for one of several cities.
        hello = gettext("Hello,\n\n%(name)s answered your question to %(city)s:", name=name, city=city.name)
    else:
        hello = gettext("Hello,\n\n%(name)s answered your question:", name=name)
    paragraphs = [hello, _quoted(answer.text)]
    if answer.shares_email and answer.answered_by is not None:
        paragraphs.append(gettext("You may write to: %(email)s", email=answer.answered_by.email))
    if answer.may_publish and not question.may_publish:
        paragraphs.append(
            gettext(
                "The answer may be published, so that others can learn from it. It is not published unless you "
                "agree. You can do so on this page:"
            )
        )
    return gettext("An answer to your question"), [*paragraphs, _follow(question)]


def _declined(mail: QuestionMail) -> Words | None:
    answer = mail.answer
    if answer is None:
        return None
    return gettext("Your question was not answered"), [
        gettext("Hello,\n\n%(place)s declined your question. The reason:", place=_name_of(answer)),
        _quoted(answer.reason or ""),
        _follow(mail.question),
    ]


def _agree_asker(mail: QuestionMail) -> Words | None:
    answer = mail.answer
    if answer is None or mail.question.shares_email:
        return None
    return gettext("May we introduce you to %(city)s?", city=_name_of(answer)), [
        gettext(
            "Hello,\n\nan editor of CityPeers would like to introduce you to %(name)s, who answered your question. "
            "Each of you would then get the other's e-mail address. Nobody gets yours unless you agree.",
            name=signed(answer),
        ),
        *_note(answer),
        gettext("To agree, choose “Give my e-mail address to those who answer” on this page:")
        + f"\n{_follow(mail.question)}",
    ]


def _agree_city(mail: QuestionMail) -> Words | None:
    answer = mail.answer
    if answer is None or answer.shares_email:
        return None
    return gettext("May we introduce you to someone who asked?"), [
        gettext(
            "Hello,\n\nan editor of CityPeers would like to introduce you to %(name)s, whose question you answered. "
            "Each of you would then get the other's e-mail address. Nobody gets yours unless you agree.",
            name=_asker(mail.question),
        ),
        *_note(answer),
        gettext("To agree, choose “Give my e-mail address to the person who asked” on this page:")
        + f"\n{_at_desk(answer)}",
    ]


def _introduce_asker(mail: QuestionMail) -> Words | None:
    answer = mail.answer
    if answer is None or answer.answered_by is None:
        return None
    return _introduction(answer, signed(answer), answer.answered_by.email)


def _introduce_city(mail: QuestionMail) -> Words | None:
    if mail.answer is None or mail.question.email is None:
        return None
    return _introduction(mail.answer, _asker(mail.question), mail.question.email)


def _introduction(answer: CityAnswer, name: str, email: str) -> Words:
    return gettext("An introduction: %(name)s", name=name), [
        gettext(
            "Hello,\n\nthis mail introduces you to %(name)s: %(email)s. You both agreed to it.", name=name, email=email
        ),
        *_note(answer),
        gettext("The question was:"),
        _quoted(answer.question.text),
        gettext("A brief of what is recorded:") + f"\n{absolute(brief_of(answer))}",
    ]


def brief_of(answer: CityAnswer) -> str:
    """The address of the brief of what an answer is about, for whoever asked: the initiative, and both cities."""
    question = answer.question
    kept = [("initiative", question.initiative.slug)] if question.initiative else []
    kept += [("city", city.slug) for city in (answer.city, question.own_city) if city is not None]
    place = question.own_city.slug if question.own_city else question.asker_city
    return shortlist_link([*kept, ("for", place)] if place else kept, "shortlist.brief_html")


def _place_of(answer: CityAnswer) -> str:
    """Where a question is, and what happens next."""
    name = _name_of(answer)
    if answer.state == "waiting":
        due = day(answer.due_at.date()) if answer.due_at else ""
        words = gettext("%(city)s can answer until %(day)s. Then the question goes to the editors.", city=name, day=due)
    elif answer.city is not None:
        words = gettext(
            "%(city)s: the editors of this site have the question. They try to find someone who can answer.", city=name
        )
    else:
        words = gettext("The editors of this site have the question. They try to find someone who can answer.")
    return str(words)


def _name_of(answer: CityAnswer) -> str:
    return answer.city.name if answer.city else str(gettext("the editors"))


def signed(answer: CityAnswer) -> str:
    """Who answered, with the city that they answered for."""
    name = answer.answered_by_name or ""
    return f"{name}, {answer.city.name}" if answer.is_by_city and answer.city else name


def _asker(question: CityQuestion) -> str:
    return ", ".join(part for part in (question.asker_name, question.asker_city) if part)


def _asked(question: CityQuestion) -> list[str]:
    """Who asked what, about which entry."""
    paragraphs = [_asker(question), _quoted(question.text)]
    if question.initiative is not None:
        about = gettext("It is about:") + f"\n{question.initiative.title}\n{absolute(link_to(question.initiative))}"
        paragraphs.append(about)
    if question.shares_email and (email := question.reachable_email):
        paragraphs.append(gettext("You may write to: %(email)s", email=email))
    return paragraphs


def _note(answer: CityAnswer) -> list[str]:
    return [_quoted(answer.introduction_note)] if answer.introduction_note else []


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _follow(question: CityQuestion) -> str:
    return absolute(url_for("questions.follow", ticket=links().to_follow(question)))


def _at_desk(answer: CityAnswer) -> str:
    return absolute(url_for("city_questions.question", key=answer.id))


_WORDS: dict[str, Callable[[QuestionMail], Words | None]] = {
    "confirm": _confirm,
    "received": _received,
    "to-city": _to_city,
    "to-editors": _to_editors,
    "passed-on": _passed_on,
    "answered": _answered,
    "declined": _declined,
    "agree-asker": _agree_asker,
    "agree-city": _agree_city,
    "introduce-asker": _introduce_asker,
    "introduce-city": _introduce_city,
}
