"""Nothing of a user's matplotlibrc shows in a figure."""

import matplotlib as mpl
from whp.checks.figures.style import style


def inside():
    """Matplotlib's settings while a figure is drawn, without those that decide nothing in it."""
    with style():
        return {name: value for name, value in mpl.rcParams.items() if "backend" not in name and name != "interactive"}


def test_a_users_settings_do_not_reach_figures_and_come_back():
    usual = inside()
    odd = {"axes.facecolor": "red", "lines.linewidth": 9.0, "savefig.transparent": True, "axes.grid": True}
    with mpl.rc_context(odd):
        assert inside() == usual
        assert mpl.rcParams["axes.facecolor"] == "red"
        assert mpl.rcParams["lines.linewidth"] == 9.0
