"""Says how sure a ranking is: the share of such questions that the content can answer.

A cosine of E5 lies between .75 and .90 whatever is asked, and the best of a fused ranking is always the best; so the
confidence is a logistic regression over raw evidence, fitted on labelled questions (`assistant evaluate --calibrate`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from pathlib import Path

import numpy as np

from index.types import Evidence

CALIBRATION = Path(__file__).parent / "calibration.json"
CALIBRATION_WORDS = Path(__file__).parent / "calibration_words.json"  # where only the words are searched


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the regression and the confidence from which on we answer."""

    weights: Mapping[str, float] = field(default_factory=dict)
    intercept: float = 0.0
    threshold: float = 0.5

    def confidence(self, evidence: Evidence) -> float:
        """The chance, 0 … 1, that the content answers a question with this evidence."""
        inputs = evidence.features()
        total = self.intercept + sum(weight * inputs.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + exp(-total))

    def save(self, path: Path = CALIBRATION) -> None:
        """Write the weights as JSON."""
        values = {"weights": self.weights, "intercept": self.intercept, "threshold": self.threshold}
        path.write_text(json.dumps(values, indent=1) + "\n")

    @classmethod
    def open(cls, path: Path = CALIBRATION) -> Calibration:
        """Read what `save` wrote."""
        values = json.loads(path.read_text())
        return cls(values["weights"], values["intercept"], values["threshold"])


# The share of answerable questions that may be refused: a wrong "I know nothing" costs more than a card too many.
REFUSED_IN_ERROR = 0.011


def fit(evidence: Sequence[Evidence], answerable: Sequence[bool], threshold: float | None = None) -> Calibration:
    """Fit on labelled questions; without a threshold take the one with the best F1 of refusing
    that nearly all answerable ones pass."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    by_name, scaler = DictVectorizer(sparse=False), StandardScaler()
    features = scaler.fit_transform(by_name.fit_transform([item.features() for item in evidence]))
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(features, list(answerable))
    weights = model.coef_[0] / scaler.scale_  # of the inputs as they come
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    named = zip(by_name.get_feature_names_out(), np.round(weights, 4).tolist(), strict=True)
    fitted = Calibration({str(name): weight for name, weight in named if weight}, round(intercept, 4))
    scores = [fitted.confidence(item) for item in evidence]
    passing = [score for score, yes in zip(scores, answerable, strict=True) if yes]
    lowest = sorted(passing)[int(REFUSED_IN_ERROR * len(passing))]
    best = threshold if threshold is not None else min(_best_threshold(scores, answerable), lowest)
    return Calibration(fitted.weights, fitted.intercept, round(best, 3))


def _best_threshold(scores: Sequence[float], answerable: Sequence[bool]) -> float:
    """The threshold whose refusals have the best F1."""

    def f1(threshold: float) -> float:
        refused = [not yes for score, yes in zip(scores, answerable, strict=True) if score < threshold]
        wanted = sum(not yes for yes in answerable)
        return 2 * sum(refused) / (len(refused) + wanted) if wanted else 0.0

    return max((step / 100 for step in range(5, 96)), key=f1)
