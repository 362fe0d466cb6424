"""The works that the classics are cited from."""

from __future__ import annotations

from ..paper import Reference

__all__ = ["REFERENCES"]


def _article(key: str, author: str, title: str, journal: str, year: int, **fields: str) -> Reference:
    return _reference("article", key, author, title, year, journal=journal, **fields)


def _book(key: str, author: str, title: str, publisher: str, year: int, **fields: str) -> Reference:
    return _reference("book", key, author, title, year, publisher=publisher, **fields)


def _reference(kind: str, key: str, author: str, title: str, year: int, **fields: str) -> Reference:
    """One line for people and a BibTeX entry of the same facts."""
    rows = {"author": author, "title": f"{{{title}}}", **fields, "year": str(year)}
    width = max(map(len, rows))
    body = ",\n".join(f"  {name:{width}} = {{{value}}}" for name, value in rows.items())
    place = [
        fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or fields.get("school") or "",
        fields.get("edition", "") and f"{fields['edition']} edition",
        fields.get("volume", ""),
        fields.get("pages", "").replace("--", "–"),
    ]
    where = ", ".join(part for part in place if part)
    note = f", {fields['note']}" if "note" in fields else ""
    return Reference(f"{_people(author)}: {title}. {where} ({year}){note}.", f"@{kind}{{{key},\n{body}\n}}")


def _people(author: str) -> str:
    """``Last, First and Last, First`` as ``F. Last, F. Last``."""
    people = []
    for person in author.split(" and "):
        last, _, first = person.partition(", ")
        initials = " ".join("-".join(f"{part[0]}." for part in name.split("-")) for name in first.split())
        people.append(f"{initials} {last}")
    return ", ".join(people)


REFERENCES: dict[str, Reference] = {
    "folklore": Reference("No single source: stated without one in papers, lecture notes and textbooks."),
    "ball1997": _reference(
        "incollection",
        "ball1997",
        "Ball, Keith",
        "An Elementary Introduction to Modern Convex Geometry",
        1997,
        booktitle="Flavors of Geometry, MSRI Publications",
        volume="31",
        pages="1--58",
    ),
    "birnbaum1942": _article(
        "birnbaum1942",
        "Birnbaum, Z. W.",
        "An Inequality for Mill's Ratio",
        "The Annals of Mathematical Statistics",
        1942,
        volume="13",
        pages="245--246",
    ),
    "boucheron2013": _book(
        "boucheron2013",
        "Boucheron, Stéphane and Lugosi, Gábor and Massart, Pascal",
        "Concentration Inequalities: A Nonasymptotic Theory of Independence",
        "Oxford University Press",
        2013,
    ),
    "chandrasekaran2012": _article(
        "chandrasekaran2012",
        "Chandrasekaran, Venkat and Recht, Benjamin and Parrilo, Pablo A. and Willsky, Alan S.",
        "The Convex Geometry of Linear Inverse Problems",
        "Foundations of Computational Mathematics",
        2012,
        volume="12",
        pages="805--849",
    ),
    "cho2009": _reference(
        "inproceedings",
        "cho2009",
        "Cho, Youngmin and Saul, Lawrence K.",
        "Kernel Methods for Deep Learning",
        2009,
        booktitle="Advances in Neural Information Processing Systems",
        volume="22",
        pages="342--350",
    ),
    "cormen2009": _book(
        "cormen2009",
        "Cormen, Thomas H. and Leiserson, Charles E. and Rivest, Ronald L. and Stein, Clifford",
        "Introduction to Algorithms",
        "MIT Press",
        2009,
        edition="3rd",
    ),
    "dasgupta2003": _article(
        "dasgupta2003",
        "Dasgupta, Sanjoy and Gupta, Anupam",
        "An Elementary Proof of a Theorem of Johnson and Lindenstrauss",
        "Random Structures & Algorithms",
        2003,
        volume="22",
        pages="60--65",
    ),
    "david2003": _book(
        "david2003", "David, Herbert A. and Nagaraja, Haikady N.", "Order Statistics", "Wiley", 2003, edition="3rd"
    ),
    "davidson2001": _reference(
        "incollection",
        "davidson2001",
        "Davidson, Kenneth R. and Szarek, Stanislaw J.",
        "Local Operator Theory, Random Matrices and Banach Spaces",
        2001,
        booktitle="Handbook of the Geometry of Banach Spaces",
        volume="1",
        pages="317--366",
    ),
    "du2019": _reference(
        "inproceedings",
        "du2019",
        "Du, Simon S. and Zhai, Xiyu and Poczos, Barnabas and Singh, Aarti",
        "Gradient Descent Provably Optimizes Over-parameterized Neural Networks",
        2019,
        booktitle="International Conference on Learning Representations",
    ),
    "edelman1988": _article(
        "edelman1988",
        "Edelman, Alan",
        "Eigenvalues and Condition Numbers of Random Matrices",
        "SIAM Journal on Matrix Analysis and Applications",
        1988,
        volume="9",
        pages="543--560",
    ),
    "feller1968": _book(
        "feller1968",
        "Feller, William",
        "An Introduction to Probability Theory and Its Applications",
        "Wiley",
        1968,
        edition="3rd",
        volume="1",
    ),
    "gautschi1959": _article(
        "gautschi1959",
        "Gautschi, Walter",
        "Some Elementary Inequalities Relating to the Gamma and Incomplete Gamma Function",
        "Journal of Mathematics and Physics",
        1959,
        volume="38",
        pages="77--81",
    ),
    "gordon1941": _article(
        "gordon1941",
        "Gordon, Robert D.",
        "Values of Mills' Ratio of Area to Bounding Ordinate and of the Normal Probability Integral for Large Values "
        "of the Argument",
        "The Annals of Mathematical Statistics",
        1941,
        volume="12",
        pages="364--366",
    ),
    "haagerup1981": _article(
        "haagerup1981",
        "Haagerup, Uffe",
        "The Best Constants in the Khintchine Inequality",
        "Studia Mathematica",
        1981,
        volume="70",
        pages="231--283",
    ),
    "hoeffding1963": _article(
        "hoeffding1963",
        "Hoeffding, Wassily",
        "Probability Inequalities for Sums of Bounded Random Variables",
        "Journal of the American Statistical Association",
        1963,
        volume="58",
        pages="13--30",
    ),
    "johnson1994": _book(
        "johnson1994",
        "Johnson, Norman L. and Kotz, Samuel and Balakrishnan, N.",
        "Continuous Univariate Distributions",
        "Wiley",
        1994,
        edition="2nd",
        volume="1",
    ),
    "johnson2005": _book(
        "johnson2005",
        "Johnson, Norman L. and Kemp, Adrienne W. and Kotz, Samuel",
        "Univariate Discrete Distributions",
        "Wiley",
        2005,
        edition="3rd",
    ),
    "laurent2000": _article(
        "laurent2000",
        "Laurent, Béatrice and Massart, Pascal",
        "Adaptive Estimation of a Quadratic Functional by Model Selection",
        "The Annals of Statistics",
        2000,
        volume="28",
        pages="1302--1338",
    ),
    "massart1990": _article(
        "massart1990",
        "Massart, Pascal",
        "The Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality",
        "The Annals of Probability",
        1990,
        volume="18",
        pages="1269--1283",
    ),
    "mcdiarmid1998": _reference(
        "incollection",
        "mcdiarmid1998",
        "McDiarmid, Colin",
        "Concentration",
        1998,
        booktitle="Probabilistic Methods for Algorithmic Discrete Mathematics",
        pages="195--248",
    ),
    "mitrinovic1970": _book("mitrinovic1970", "Mitrinović, Dragoslav S.", "Analytic Inequalities", "Springer", 1970),
    "mitzenmacher2005": _book(
        "mitzenmacher2005",
        "Mitzenmacher, Michael and Upfal, Eli",
        "Probability and Computing: Randomized Algorithms and Probabilistic Analysis",
        "Cambridge University Press",
        2005,
    ),
    "paley1932": _article(
        "paley1932",
        "Paley, R. E. A. C. and Zygmund, A.",
        "On Some Series of Functions, (3)",
        "Mathematical Proceedings of the Cambridge Philosophical Society",
        1932,
        volume="28",
        pages="190--205",
    ),
    "polya1949": _reference(
        "inproceedings",
        "polya1949",
        "Pólya, George",
        "Remarks on Computing the Probability Integral in One and Two Dimensions",
        1949,
        booktitle="Proceedings of the Berkeley Symposium on Mathematical Statistics and Probability",
        pages="63--78",
    ),
    "reeve2024": _reference(
        "misc",
        "reeve2024",
        "Reeve, Henry W. J.",
        "A Short Proof of the Dvoretzky-Kiefer-Wolfowitz-Massart Inequality",
        2024,
        note="arXiv:2403.16651",
    ),
    "robbins1955": _article(
        "robbins1955",
        "Robbins, Herbert",
        "A Remark on Stirling's Formula",
        "The American Mathematical Monthly",
        1955,
        volume="62",
        pages="26--29",
    ),
    "serfling1974": _article(
        "serfling1974",
        "Serfling, R. J.",
        "Probability Inequalities for the Sum in Sampling without Replacement",
        "The Annals of Statistics",
        1974,
        volume="2",
        pages="39--48",
    ),
    "shalev2014": _book(
        "shalev2014",
        "Shalev-Shwartz, Shai and Ben-David, Shai",
        "Understanding Machine Learning: From Theory to Algorithms",
        "Cambridge University Press",
        2014,
    ),
    "wainwright2019": _book(
        "wainwright2019",
        "Wainwright, Martin J.",
        "High-Dimensional Statistics: A Non-Asymptotic Viewpoint",
        "Cambridge University Press",
        2019,
    ),
    "wendel1948": _article(
        "wendel1948",
        "Wendel, J. G.",
        "Note on the Gamma Function",
        "The American Mathematical Monthly",
        1948,
        volume="55",
        pages="563--564",
    ),
}
"""By citation key."""
