"""Finds passages by words and by meaning; knows nothing of offers or people."""
