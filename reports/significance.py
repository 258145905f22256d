"""Whether two sets of repetitions differ, by how much, and how sure that is.

Everything takes times, so that a ratio below 1 is an improvement. Needs numpy and scipy.
"""

import math

import numpy
from scipy import stats

LEVEL = 0.05  # what is called significant, after the correction for many cells
CONFIDENCE = 0.95
RESAMPLES = 4000
SEED = 1


def median(values: list[float]) -> float:
    """The middle one, or the mean of the two. Needs at least one."""
    return float(numpy.median(values))


def ratio_of_medians(base: list[float], new: list[float]) -> float:
    """The new median ÷ the base's: 2 is twice as long. Needs at least one repetition of each."""
    return median(new) / median(base)


def interval_of_ratio(base: list[float], new: list[float], seed: int = SEED) -> tuple[float, float]:
    """The 95 % interval of `ratio_of_medians`, by the percentile bootstrap; both sides are drawn
    anew. The same seed gives the same interval.
    """
    generator = numpy.random.default_rng(seed)
    medians = []
    for values in (base, new):
        drawn = generator.choice(numpy.asarray(values, float), (RESAMPLES, len(values)))
        medians.append(numpy.median(drawn, axis=1))
    outside = (1 - CONFIDENCE) / 2
    low, high = numpy.quantile(medians[1] / medians[0], [outside, 1 - outside])
    return float(low), float(high)


def p_value(base: list[float], new: list[float]) -> float:
    """How likely two such sets are if nothing changed: Mann-Whitney U, two-sided; exact where no
    time occurs twice.
    """
    together = [*base, *new]
    if len(set(together)) == 1:
        return 1.0
    method = "exact" if len(set(together)) == len(together) else "asymptotic"
    return min(1.0, float(stats.mannwhitneyu(base, new, method=method).pvalue))


def least_p_value(base: int, new: int) -> float:
    """The smallest p value that so many repetitions can come to: all of one side are the faster."""
    return min(1.0, 2 / math.comb(base + new, new))


def correct_for_many(p_values: list[float]) -> list[float]:
    """The p values after Benjamini and Hochberg: who calls those below a level changed, is wrong in
    at most that share of the calls. In the order of the input.
    """
    count = len(p_values)
    corrected, least = [1.0] * count, 1.0
    by_size = sorted(range(count), key=lambda index: p_values[index])
    for rank in range(count, 0, -1):
        index = by_size[rank - 1]
        least = min(least, p_values[index] * count / rank)
        corrected[index] = least
    return corrected


def geometric_mean(ratios: list[float]) -> float:
    """The mean of ratios: that of 2 and 1/2 is 1. Needs at least one."""
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
