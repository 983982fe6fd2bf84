"""Pages about personal data: the privacy notice, and what is kept of a person, given and erased."""
