"""Questions to cities: somebody asks up to five cities, and their people at the desk answer.

Vocabulary: a CityQuestion is what somebody without an account asks; a CityAnswer is what becomes of it at one city: it
waits there, or with the editors, and is answered or declined. Both are begun by a code that proves the asker's address.
A QuestionMail is a mail that has not been sent yet. With the consent of both, question and answer are public.

Neighbours: takes people from accounts, cities and initiatives from the catalogue; the search finds what is public.
Pages and the words of mails are in `kb.web.questions`.
"""

from . import change_log  # noqa: F401 - imported so that no write escapes the change log
