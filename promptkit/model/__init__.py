"""Model cards: what each image model takes, costs and allows, as data."""
