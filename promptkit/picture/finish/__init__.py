"""Finishing: from a picture to the file of each channel, with headline, logo and small type."""
