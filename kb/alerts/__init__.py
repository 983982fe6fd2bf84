"""Alerts: a mail a day or a week with what is new for a search, for whoever confirmed an address.

An alert is a question, as the address of the search page has it, and an e-mail address. Somebody asks for it and
confirms it by a link in a mail; an alert that is not confirmed in time, and one that is ended, is deleted with its
address. What is new is an entry that was published since the last mail; entries that were changed are not.

What may be promised of a mail that the server was handed while this program was killed, or the connection broke before
the answer: the same message is never handed over a second time, and no entry goes unnamed. What such a mail held is
named again in the next one, which says so. `sending` has the states that this rests on.

Pages and the words of mails are in `kb.web.alerts`.
"""
