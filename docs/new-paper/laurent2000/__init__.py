"""B. Laurent and P. Massart (2000), Lemma 1: what chi-square variables stray from their mean, and how rarely."""
