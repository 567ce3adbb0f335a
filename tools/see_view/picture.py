"""A small SVG: shapes with classes, whose colours are style.css's.

In the page the style sheet is there already; standalone() carries it along, so
a file looks the same, light or dark, wherever it is opened.
"""

import os
from html import escape

STYLE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "style.css")


class Picture:
    """Shapes in a coordinate system WIDTH wide and as high as they need."""

    WIDTH = 1000

    def __init__(self, title):
        self.title, self.height = title, 0
        self.parts = []

    def add(self, text, bottom=0):
        self.parts.append(text)
        self.height = max(self.height, bottom)

    def rect(self, x, y, width, height, kind, title=None, radius=3, data=""):
        inner = f"<title>{escape(title)}</title>" if title else ""
        self.add(f'<rect class="{kind}" x="{x:g}" y="{y:g}" rx="{radius}" '
                 f'width="{max(width, 0):g}" height="{max(height, 0):g}"'
                 f'{data}>{inner}</rect>', y + height)

    def text(self, x, y, words, kind="", anchor="start"):
        """A line of text whose base is at y."""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.add(f'<text class="{kind}" x="{x:g}" y="{y:g}"{place}>'
                 f'{escape(str(words))}</text>', y + 6)

    def line(self, x, y, to_x, to_y, kind):
        self.add(f'<line class="{kind}" x1="{x:g}" y1="{y:g}" x2="{to_x:g}" '
                 f'y2="{to_y:g}"/>', max(y, to_y))

    def curve(self, x, y, to_x, to_y, kind):
        """From one side to the other, level at both ends."""
        middle = (x + to_x) / 2
        self.add(f'<path class="{kind}" d="M{x:g} {y:g}C{middle:g} {y:g} '
                 f'{middle:g} {to_y:g} {to_x:g} {to_y:g}"/>', max(y, to_y))

    def link(self, target, label):
        """All that is added until end_link() leads to another view."""
        self.add(f'<a href="#{escape(target)}" aria-label="{escape(label)}">')

    def end_link(self):
        self.add("</a>")

    def chip(self, x, y, words, target, chosen=False):
        """A small button; where the next one may begin."""
        width = 14 + 8.6 * len(words)
        self.link(target, words)
        self.rect(x, y, width, 26, "chip chosen" if chosen else "chip",
                  radius=13)
        self.text(x + width / 2, y + 18, words,
                  "mono small" + (" on-accent" if chosen else ""), "middle")
        self.end_link()
        return x + width + 6

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
                f'aria-label="{escape(self.title)}" '
                f'viewBox="-3 -3 {self.WIDTH + 6} {self.height + 13:g}">'
                f'{"".join(self.parts)}</svg>')

    def standalone(self):
        """The same as a file, each shape on a line of its own."""
        with open(STYLE, encoding="utf-8") as file:
            style = file.read()
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 '
                f'-20 {self.WIDTH + 40} {self.height + 40:g}">\n'
                f"<title>{escape(self.title)}</title>\n<style>\n{style}"
                f"a:has(.chip) {{ display: none; }}\n</style>\n"
                f'<rect class="paper" x="-20" y="-20" width="100%" '
                f'height="100%"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def size_of(count):
    """A number of bytes in words."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.3g} {unit}" if count < 1000 else \
                f"{count:.0f} {unit}"
        count /= 1024
    return ""


def plural(count, word):
    return f"{count} {word}" + ("" if count == 1 else "s")


def wait(words):
    """A picture that only says why there is none."""
    picture = Picture(words)
    picture.text(500, 120, words, "big dim", "middle")
    return picture
