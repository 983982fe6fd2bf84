"""A real server under mixed load by several threads, bounded in requests and time: `make soak`."""
