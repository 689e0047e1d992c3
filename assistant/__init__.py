"""Understands a resident, finds what the Kreis offers, composes the answer and shows it."""

import os

# NumPy's OpenBLAS keeps further threads spinning for a while after each small product, on the core that encodes the
# next question: an answer took 18.7 ms with them, 13.5 without (2026-12). It reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
