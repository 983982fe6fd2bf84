"""The page of results: what stands around an answer, and the address of every change of it."""
