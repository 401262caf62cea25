"""Brand profiles and templates in, on-brand prompts and pictures out."""
