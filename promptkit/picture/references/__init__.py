"""Helpers for the pictures that go along with the words: their check, masks of them."""
