"""Pages on which people ask for an alert, confirm it and end it, and the words of its mails."""
