"""Templates: briefs as Jinja blocks, with typed inputs."""
