"""What exists before a test begins, made through services where a life leads there."""
