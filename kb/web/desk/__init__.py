"""What the desk's pages are made of: the forms and their steps, previews, and proposals in words."""
