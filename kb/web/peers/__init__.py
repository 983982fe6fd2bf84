"""The pages of peers: an answer and its map, the method, cities side by side, the short list and its brief."""
