"""Pages on which readers ask cities and follow their questions, the list at the desk, and the words of mails."""
