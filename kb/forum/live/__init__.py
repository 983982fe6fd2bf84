"""A session while it is held: it is led by its clock, the audience asks and votes, moderators look after the questions.

`leading` writes steps of the clock, `asking` is what the audience does, `moderating` what is done with its questions,
`removal` removes many of them at once,
`chairs` lends the console to whoever holds a link, `forgetting` takes names away. `queries` reads for the moment,
`kept` for afterwards; a `stage` is all that everybody may see, and `service.Stages` keeps it in memory, so that
hundreds may ask for it every second. `voices` knows people without names.
"""
