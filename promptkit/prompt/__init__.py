"""Prompts: sections composed of brand and template, put into words for each model."""
