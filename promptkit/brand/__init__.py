"""Brand profiles: what a brand looks like, in YAML."""
