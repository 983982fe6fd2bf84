"""A session while it is held: it is led by its clock, the audience asks and votes, moderators look after the questions.

`session_control` takes steps of the clock, `participation` is what the audience does, `moderation` what is done with
its questions, `removal` removes many of them at once, `chairs` lends the console to whoever holds a link, `retention`
forgets names. `queries` reads; a `LiveState` is all that everybody may see, kept in memory by `LiveCache`, so that
hundreds may ask for it every second.
"""
