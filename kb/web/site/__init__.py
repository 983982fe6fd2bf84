"""The site itself: its first page, where its data come from, and what robots and load balancers read."""
