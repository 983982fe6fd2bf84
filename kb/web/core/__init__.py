"""What the pages of all packages share."""
