# SPDX-License-Identifier: Apache-2.0
"""Draws lines over a logarithmic axis as SVG: nothing but the standard library.

A picture brings its own paper, white, or black where the viewer tells that its reader prefers that,
so that it can be read on any page.
"""

import math
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 74, 24, 84, 62

STYLE = """
    .paper { fill: #ffffff; }
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 16px; font-weight: 600; }
    .small { font-size: 11px; fill: #57606a; }
    .grid { stroke: #d0d7de; stroke-width: 1; }
    .axis { stroke: #57606a; stroke-width: 1; }
    .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
    .s0 { stroke: #0969da; } .f0 { fill: #0969da; }
    .s1 { stroke: #bc4c00; } .f1 { fill: #bc4c00; }
    .s2 { stroke: #7d5ba6; } .f2 { fill: #7d5ba6; }
    .s3 { stroke: #1a7f37; } .f3 { fill: #1a7f37; }
    .s2, .s3 { stroke-dasharray: 6 4; stroke-width: 1.6; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117; } text { fill: #e6edf3; } .small { fill: #9da7b1; }
      .grid { stroke: #30363d; } .axis { stroke: #9da7b1; }
      .s0 { stroke: #58a6ff; } .f0 { fill: #58a6ff; }
      .s1 { stroke: #f0883e; } .f1 { fill: #f0883e; }
      .s2 { stroke: #bc8cff; } .f2 { fill: #bc8cff; }
      .s3 { stroke: #56d364; } .f3 { fill: #56d364; }
    }
"""


def number(value):
    """As short as it can be said: 0.5, 20, 8900."""
    return f"{value:g}" if value < 100_000 else f"{value:.0f}"


def nice_steps(highest):
    """Values from 0 to somewhat above the highest, five or so."""
    rough = highest / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    return [i * step for i in range(math.ceil(highest / step - 1e-9) + 1)]


class Axis:
    """From values to places between `first` and `last`."""

    def __init__(self, low, high, first, last, logarithmic):
        self.first, self.last, self.logarithmic = first, last, logarithmic
        self.low, self.high = self.scaled(low), self.scaled(high)

    def scaled(self, value):
        return math.log10(value) if self.logarithmic else value

    def at(self, value):
        share = (self.scaled(value) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)


def x_marks(values):
    """Powers of two that are not too close to each other, and the greatest value."""
    powers = [4 ** i for i in range(20)]
    marks = [p for p in powers if min(values) <= p <= max(values) / 1.8]
    return [*marks, max(values)]


def y_axis(values, logarithmic):
    bottom, top = HEIGHT - BOTTOM, TOP
    if not logarithmic:
        marks = nice_steps(max(values))
        return Axis(0, marks[-1], bottom, top, False), marks
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    marks = [10 ** e for e in range(round(math.log10(low)), round(math.log10(high)) + 1)]
    return Axis(low, high, bottom, top, True), marks


def legend(names):
    """A line of marks and names."""
    parts, x = [], LEFT
    for index, name in enumerate(names):
        parts.append(f'<line class="line s{index}" x1="{x}" x2="{x + 26}" y1="62" y2="62"/>')
        parts.append(f'<text x="{x + 32}" y="66">{escape(name)}</text>')
        x += 32 + 7.2 * len(name) + 22
    return parts


def draw(title, x_label, y_label, series, note, log_y=False):
    """The SVG of `series`: pairs of a name and a list of points (x, y)."""
    xs = [x for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points]
    if not xs or min(xs) <= 0 or min(ys) <= 0:
        raise ValueError("nothing to draw, or nothing that a logarithm has")
    across = Axis(min(xs), max(xs) if max(xs) > min(xs) else 2 * max(xs), LEFT, WIDTH - RIGHT, True)
    up, marks = y_axis(ys, log_y)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label={quoteattr(title)}>',
           f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
           f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
           f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>',
           f'<text class="small" x="{LEFT}" y="45">{escape(note)}</text>',
           *legend(n for n, _ in series)]
    for mark in marks:
        y = up.at(mark)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" '
                   f'y2="{y:.1f}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(mark)}</text>')
    base = HEIGHT - BOTTOM
    for mark in x_marks(xs):
        x = across.at(mark)
        out.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{base}" y2="{base + 5}"/>')
        out.append(f'<text x="{x:.1f}" y="{base + 20}" text-anchor="middle">{number(mark)}</text>')
    out.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 16}" '
               f'text-anchor="middle">{escape(x_label)}</text>')
    out.append(f'<text transform="translate(20 {(TOP + base) / 2:.0f}) rotate(-90)" '
               f'text-anchor="middle">{escape(y_label)}</text>')
    for index, (name, points) in reversed(list(enumerate(series))):
        places = [(across.at(x), up.at(y)) for x, y in sorted(points)]
        out.append(f"<g data-series={quoteattr(name)}>")
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline class="line s{index}" points="{line}"/>')
        out += [f'<circle class="f{index}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
        out.append("</g>")
    return "\n".join([*out, "</svg>"]) + "\n"
