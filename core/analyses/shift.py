"""How far each patient moves on the common network when the acquisition setting changes."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.network.screening import usable
from core.transport.metric import hop_ground
from core.transport.shift import setting_shift


@dataclass(frozen=True, kw_only=True)
class PatientShift(Analysis):
    name = "shift"
    title = "Shift of each patient"
    question = "Do patients stay where they are on the common network when the setting changes?"
    method = (
        "W1 between a patient's two distributions on the common network (hops), beside two nulls: as many features "
        "drawn at random from the set and put on the same nodes, and the distance to other patients under the other "
        "setting. Empirical p = (1 + null draws at or below) / (1 + draws)."
    )
    sources = ("Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",)
    pages = ("Reproducibility",)
    rank = 30

    draws: int = parameter(
        Number("Random draws", "Sets of random features.", low=100, high=5000, step=100, default=1000, whole=True)
    )
    scaling: str = parameter(
        Choice(
            "Scaling",
            "Every feature to [0, 1], or as coded by Oh 2021.",
            options=options(("unit", "all features to [0, 1]"), ("as coded", "as coded by Oh 2021")),
        )
    )
    seed: int = parameter(Number("Seed", "Of the draws.", low=0, high=99999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("network"),)

    def read(self, context):
        network = context.analysis("network")
        if network.setting_b == choices.NONE:
            raise NotEstimable("A shift needs two settings.", "Choose a second setting, or a feature set that has one.")
        graph = context.result(network).usable_graph()
        first, second = network.read(context)[1].values()
        return graph, first, second

    def __call__(self, data, progress: Progress = quiet):
        graph, first, second = data
        pool = [name for name in usable(first).features.columns if name in set(usable(second).features.columns)]
        nodes = list(graph.names)
        pool = list(dict.fromkeys([*nodes, *pool]))
        ground = hop_ground(len(nodes), graph.edges)
        return setting_shift(
            first[pool],
            second[pool],
            nodes,
            ground,
            mode=self.scaling,
            draws=self.draws,
            seed=self.seed,
            progress=progress,
        )
