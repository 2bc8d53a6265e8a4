"""Long runs that look for what is lost and what is left behind."""
