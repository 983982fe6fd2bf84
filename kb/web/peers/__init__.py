"""The pages of peers: an answer and its map, the method, cities side by side, the saved list and its brief."""
