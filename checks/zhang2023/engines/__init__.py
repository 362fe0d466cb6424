"""How the models of Section 3.2 run (zhang2023): samplers, measures, exact instances and their cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...sweep.engine import Engine, Measure
from . import ball, trained
from .instances import _perturbed_instance

__all__ = ["ENGINES"]


def _attributes(names: Iterable[str]) -> dict[str, Measure]:
    def read(name: str) -> Measure:
        return lambda block: np.asarray(getattr(block, name), dtype=np.float64)

    return {name: read(name) for name in names}


def _term_size(k: int) -> Measure:
    return lambda block: block.sizes[k - 1 : k]


def _one(cell: Any) -> int:
    return 1


ENGINES: dict[str, Engine] = {
    "perturbed": Engine(lambda cell, rng, size, data: None, {}, _one, instance=_perturbed_instance),
    "ball": Engine(
        ball.sample_ball,
        _attributes(ball.BALL_NAMES),
        _one,
        cost=lambda cell: 1e3 * float(cell["m"]),
        draws_per_trial=1 / 5,
        places=ball.ball_places,
    ),
    "edges": Engine(
        ball.sample_edges,
        {"norm_product": lambda block: block},
        _one,
        cost=lambda cell: 1e4 * float(cell["d"]),
        places=ball.edge_places,
    ),
    "theorem-ball": Engine(
        ball.sample_theorem_ball,
        {"certificate": lambda block: block},
        _one,
        cost=lambda cell: 7e2 * float(cell["m"]),
        draws_per_trial=1 / 40,
        places=ball.theorem_place,
    ),
    "trained": Engine(
        trained.TrainedDraw,
        _attributes(trained.TRAINED_NAMES) | {f"rms_term{k}": _term_size(k) for k in range(1, 9)},
        _one,
        on_data=True,
        cost=lambda cell: 3e2 * float(cell["m"] * cell["n"] * min(cell["n"], cell["d"])),
        draws_per_trial=1 / 5,
        places=trained.trained_places,
    ),
    "wide": Engine(
        trained.WideDraw,
        _attributes(trained.WIDE_NAMES),
        _one,
        on_data=True,
        cost=lambda cell: 1e3 * float(cell["m"] * cell["n"] ** 2),
        draws_per_trial=1 / 10,
        places=trained.wide_places,
    ),
    "retrained": Engine(
        trained.RetrainedDraw,
        _attributes(trained.RETRAINED_NAMES),
        _one,
        on_data=True,
        cost=lambda cell: 1e2 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=2,
        places=trained.retrained_places,
    ),
    "fisher": Engine(
        trained.sample_fisher,
        {"fisher": lambda block: block},
        lambda cell: 2**16,
        draws_per_trial=100,
        places=trained.retrained_places,
    ),
    "antipodal": Engine(
        trained.AntipodalDraw,
        _attributes(trained.PAIR_NAMES),
        _one,
        cost=lambda cell: 1e3 * float(cell["m"] * cell["n"] * cell["d"]),
        draws_per_trial=1 / 15,
        places=trained.pair_places,
    ),
    "radii": Engine(
        trained.RadiiDraw,
        _attributes(trained.RADII_NAMES),
        _one,
        cost=lambda cell: 1e4 * float(cell["m"]),
        draws_per_trial=1 / 50,
        places=trained.radii_places,
    ),
}
