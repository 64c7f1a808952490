"""Small networks by scikit-learn, stopped by an inner split of the training patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics.dense_layers import IDENTITY, LOGISTIC, RELU, SOFTMAX, Layers
from core.radiogenomics.expression_target import Target
from core.radiogenomics.gene_scaling import GeneScaling

#: Share of the training patients on which training is stopped, and for how many epochs it may fail to improve.
INNER, PATIENCE, LONGEST = 0.2, 10, 300
#: Smaller gains of the inner loss are none.
GAIN = 1e-4
STEP, BATCH = 0.006, 32


@dataclass(frozen=True)
class SmallNetwork:
    """hidden: units of each hidden layer; activation between them; alpha: the penalty on squared weights."""

    hidden: tuple[int, ...] = (64,)
    activation: str = RELU
    alpha: float = 1.0

    def __call__(
        self, scaled: np.ndarray, learned: np.ndarray, target: Target, seeds: tuple[int, ...], scaling: GeneScaling
    ) -> tuple[Layers, ...]:
        """Networks of (n, genes) standard scores, one per seed, each with its own start and inner split.

        The weights of the epoch with the lowest loss on that split (INNER of the patients) are kept.
        """
        found = []
        for seed in seeds:
            training = Training(self, scaled, learned, target, seed)
            inner, held = inner_split(learned, target, seed)
            found.append(training.until(inner, held))
        return tuple(found)


class Training:
    """One network in the making: epoch by epoch, so that its stopping is in our hands and not in the library's.

    A profile is divided by the root of its number of genes: else a thousand inputs of unit size drown a hundred
    patients in the random weights of the start.
    """

    def __init__(self, how: SmallNetwork, scaled: np.ndarray, learned: np.ndarray, target: Target, seed: int):
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        self._root = np.sqrt(scaled.shape[1])
        self._profile = scaled / self._root
        self._number = target.is_number
        self._centre, self._spread = (learned.mean(), learned.std()) if self._number else (0.0, 1.0)
        self._shown = (learned - self._centre) / self._spread if self._number else learned.astype(int)
        self._known = {} if self._number else {"classes": np.unique(self._shown)}
        self.epochs = 0
        self.network = (MLPRegressor if self._number else MLPClassifier)(
            hidden_layer_sizes=how.hidden,
            activation=how.activation,
            alpha=how.alpha,
            learning_rate_init=STEP,
            batch_size=min(BATCH, len(scaled)),
            random_state=seed,
        )

    def epoch(self, rows: np.ndarray) -> None:
        """Once through these patients."""
        from sklearn import config_context

        if self.network.batch_size > len(rows):
            self.network.set_params(batch_size=len(rows))
        # What is given has been looked at already, and epochs are short.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            self.network.partial_fit(self._profile[rows], self._shown[rows], **self._known)
        self.epochs += 1

    def until(self, inner: np.ndarray, held: np.ndarray) -> Layers:
        """Train on `inner` until the loss on `held` has not fallen for PATIENCE epochs; the best epoch's weights."""
        best, kept, waited = np.inf, None, 0
        while waited < PATIENCE and self.epochs < LONGEST:
            self.epoch(inner)
            loss = self.loss(held)
            if loss < best - GAIN:
                best, kept, waited = loss, self.layers(), 0
            else:
                waited += 1
        return kept if kept is not None else self.layers()

    def loss(self, rows: np.ndarray) -> float:
        """Mean squared error, or minus the mean log of the chance given to the patient's class."""
        layers, shown = self.layers(scaled=False), self._shown[rows]
        before = self._profile[rows] @ layers.weights[0] + layers.biases[0]
        answer = layers.answered(layers.after_first(before))
        if self._number:
            return float(np.mean((answer[:, 0] - shown) ** 2))
        if layers.output == LOGISTIC:
            chance = np.where(shown == self.network.classes_[1], answer[:, 0], 1 - answer[:, 0])
        else:
            chance = answer[np.arange(len(rows)), np.searchsorted(self.network.classes_, shown)]
        return float(-np.mean(np.log(np.clip(chance, 1e-12, 1.0))))

    def layers(self, scaled: bool = True) -> Layers:
        """The network as it is now; `scaled`: taking standard scores and giving the target in its own unit."""
        weights = [np.array(each) for each in self.network.coefs_]
        biases = [np.array(each) for each in self.network.intercepts_]
        if scaled:
            weights[0] /= self._root
            weights[-1] *= self._spread
            biases[-1] = biases[-1] * self._spread + self._centre
        output = {"identity": IDENTITY, "logistic": LOGISTIC, "softmax": SOFTMAX}[self.network.out_activation_]
        return Layers(tuple(weights), tuple(biases), self.network.activation, output, self.epochs)


def inner_split(learned: np.ndarray, target: Target, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the patients to train on and of those that stop the training, classes in their shares (unless there are
    more classes than patients to stop it)."""
    from sklearn.model_selection import train_test_split

    counts = np.unique(learned, return_counts=True)[1]
    apart = not target.is_number and counts.min() > 1 and len(counts) <= INNER * len(learned)
    by = learned if apart else None
    inner, held = train_test_split(np.arange(len(learned)), test_size=INNER, random_state=seed, stratify=by)
    return np.sort(inner), np.sort(held)
