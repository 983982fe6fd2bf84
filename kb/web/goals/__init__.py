"""The pages of the goals: the matrix, a page each, their files, and suggestions for a text."""
