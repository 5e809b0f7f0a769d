"""Medians, and tables in Markdown."""

import statistics


class Figures:
    """What several runs of one thing gave."""

    def __init__(self, figures):
        self.median = statistics.median(figures)
        self.smallest, self.largest, self.runs = min(figures), max(figures), len(figures)

    def text(self, unit):
        return f"{digits(self.median)} ({digits(self.smallest)} to {digits(self.largest)}) {unit}, n={self.runs}"


def digits(figure):
    """Three of them that mean something."""
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def target(figure, most, unit=""):
    """The figure with its target; bold where it is missed."""
    text = f"{digits(figure)}{' ' if unit else ''}{unit}"
    return text if figure <= most else f"**{text}** (target {digits(most)})"


def section(title, about, head, rows):
    lines = [f"## {title}", "", about, "", row(head), row(["---"] * len(head))]
    return "\n".join(lines + [row(cells) for cells in rows]) + "\n"


def row(cells):
    return f"| {' | '.join(cells)} |"
