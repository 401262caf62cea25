"""The way of a picture: previews, a pick, a final."""
