"""Section 4 and Appendix 7: what the paper prints of its figures 1 to 9, as claims on accuracies.

In words: linear models, fitted to (noise, label) pairs by 50 L-BFGS steps, separate the adversarial noises of trained
networks almost perfectly and classify the noises of test points too; the original data they do not separate. The paper
measured ResNet-18 and two-layer CNNs on CIFAR-10, which are not here. What is drawn instead are two-layer ReLU networks
with ten outputs on scikit-learn's digits, and every link says so in its `scope`: such draws can refute what a figure
says of networks and data at large, they cannot confirm it. A number about CIFAR-10 itself they do not even touch.

"≈ 100 %" is read as at least 99 %, "almost perfect" as at least 95 %, "transfers" and "cluster by class" as at least
90 %, "matters little" as at most 10 points.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Rational

from ...language.models import RV
from ...language.statements import Claim, Hypothesis, Link, Source, Statement
from ..models.common import counted
from ..symbols import d, m, n

__all__ = ["CIFAR", "MODELS", "STATEMENTS"]

KEYS = tuple(f"fig{k}" for k in range(1, 10))
_PARAMS = (m, d, n)
_SCOPE = "{} on CIFAR-10; run instead: two-layer ReLU networks on scikit-learn's digits, which can refute, not confirm"
_RESNET = "ResNet-18"
_PERFECT, _ALMOST, _MOST = Rational(99, 100), Rational(95, 100), Rational(9, 10)
_LITTLE = Rational(1, 10)

CIFAR = counted("cifar-10", (), r"\text{CIFAR-10}")
MODELS = {
    key: counted(
        f"experiment-{key}", _PARAMS, rf"\text{{networks of Figure {key[3:]}, on digits in place of CIFAR-10}}"
    )
    for key in KEYS
}


def _rv(key: str, name: str, tex: str) -> RV:
    return RV(name, MODELS[key], tex)


def _least(key: str, part: str) -> RV:
    return _rv(key, f"least_{part}", rf"\min_t \mathrm{{acc}}_{{\mathrm{{{part}}}}}(t)")


def _original(key: str) -> RV:
    return _rv(key, "original_test", r"\mathrm{acc}_{\mathrm{test}}(\text{original features})")


def _claim(left: Any, relation: str, right: Any, networks: str = _RESNET) -> Claim:
    return Claim((Link(left, relation, right, scope=_SCOPE.format(networks)),))


def _stays_separable(key: str, train: Rational, test: Rational, networks: str = _RESNET) -> tuple[Claim, ...]:
    return (
        _claim(_least(key, "train"), ">=", train, networks),
        _claim(_least(key, "test"), ">=", test, networks),
    )


def _figure(key: str, title: str, where: str, *claims: Claim) -> Statement:
    return Statement(key, "printed", title, Source("zhang2023", f"Figure {key[3:]}, {where}"), claims)


_SECTION, _APPENDIX = "Section 4", "Appendix 7"

FIG_1 = _figure(
    "fig1",
    "At random initialisation the adversarial noises cluster by class (t-SNE): nearest neighbours share the class",
    _SECTION,
    _claim(_rv("fig1", "noises_embedded", r"\mathrm{purity}(\text{t-SNE of } r_x)"), ">=", _MOST, "random networks"),
)

FIG_2 = _figure(
    "fig2",
    "Small learning rate 0.001: noises stay separable along training, the linear model transfers, the data are harder",
    _SECTION,
    *_stays_separable("fig2", _PERFECT, _MOST),
    _claim(_least("fig2", "test"), ">", _original("fig2")),
    Claim(
        (
            Link(
                Abs(RV("original_accuracy", CIFAR, r"\mathrm{acc}(\text{original features})") - Rational(49, 100)),
                "<=",
                Rational(1, 100),
                scope="a number about the original features of CIFAR-10, which are not here; no other data touch it",
            ),
        )
    ),
)

FIG_3 = _figure(
    "fig3",
    "Two-layer ReLU networks of width 4 to 256, learning rate 0.01: separability almost perfect at all epochs",
    _SECTION,
    *_stays_separable("fig3", _ALMOST, _ALMOST, "two-layer ReLU networks"),
)

FIG_3_REPAIRED = Statement(
    "fig3",
    "repaired",
    "On digits, from width 64 on: separability almost perfect at every snapshot",
    Source(
        "whp",
        "the noises lie in the span of m neurons, four are too few for ten classes; up to width d rank separates those "
        "of one output, or two, at every epoch, but not those of ten (S18.classes; the table fig3.rank counts both)",
    ),
    tuple(Claim((Link(_least("fig3", part), ">=", _ALMOST),)) for part in ("train", "test")),
    (Hypothesis(m >= 64, "m ≥ 64"),),
    uses=("S18.classes", "S18.digits"),
    repairs="fig3",
)

FIG_4 = _figure(
    "fig4",
    "Targeted attack towards (label + 1) mod 10: noises stay separable along training and the linear model transfers",
    _SECTION,
    *_stays_separable("fig4", _PERFECT, _MOST),
)

FIG_5 = _figure(
    "fig5",
    "Large learning rate 0.1: separability degrades along training, temperature T = 10 restores part of it",
    _SECTION,
    _claim(
        _rv("fig5", "last_train", r"\mathrm{acc}_{\mathrm{train}}(T{=}1,\ \text{end})"),
        "<",
        _rv("fig5", "first_train", r"\mathrm{acc}_{\mathrm{train}}(T{=}1,\ \text{start})"),
    ),
    _claim(
        _rv("fig5", "warm_train", r"\mathrm{acc}_{\mathrm{train}}(T{=}10,\ \text{end})"),
        ">",
        _rv("fig5", "last_train", r"\mathrm{acc}_{\mathrm{train}}(T{=}1,\ \text{end})"),
    ),
)

FIG_6 = _figure(
    "fig6",
    "PGD of 1, 5, 10, 100 steps: the number of steps matters little, adversarially trained models separate better",
    _SECTION,
    *(
        _claim(
            _rv("fig6", f"spread_{kind}", rf"\max_k - \min_k\, \mathrm{{acc}}_{{\mathrm{{{kind}}}}}(k)"), "<=", _LITTLE
        )
        for kind in ("standard", "adversarial")
    ),
    _claim(
        _rv(
            "fig6",
            "least_gain",
            r"\min_k [\mathrm{acc}_{\mathrm{adversarial}}(k) - \mathrm{acc}_{\mathrm{standard}}(k)]",
        ),
        ">",
        0,
    ),
)

FIG_7 = _figure(
    "fig7",
    "Adversarial training within L∞ distance 8/255: noises are almost perfectly separable along it",
    _APPENDIX,
    *_stays_separable("fig7", _ALMOST, _MOST),
)

FIG_8 = _figure(
    "fig8",
    "Other architectures, L∞ bound 8/255, learning rate 0.001: noises stay separable and the linear model transfers",
    _APPENDIX,
    *_stays_separable("fig8", _PERFECT, _MOST, "VGG-11 and WideResNet-28-4"),
)

FIG_9 = _figure(
    "fig9",
    "L2 norm bound 0.5, learning rate 0.001: noises stay separable and the linear model transfers",
    _APPENDIX,
    *_stays_separable("fig9", _PERFECT, _MOST),
)

STATEMENTS = (FIG_1, FIG_2, FIG_3, FIG_3_REPAIRED, FIG_4, FIG_5, FIG_6, FIG_7, FIG_8, FIG_9)
