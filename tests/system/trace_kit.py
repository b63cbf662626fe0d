# SPDX-License-Identifier: Apache-2.0
"""What the tests of rrdp-trace share: a lossy transfer that is known, and reading a report."""

import html.parser
import json

from kit import program, run

TRACE, TRANSFER = program("rrdp-trace"), program("traced_transfer")
DROPS = {"lost": "loss", "partitioned": "partition", "queue_full": "queue full"}
MISHAPS = {"duplicated": "duplicated", "delayed": "delayed", "corrupted": "corrupted"}


def good(command, given=None):
    status, out, said = run(command, given)
    assert (status, said) == (0, ""), (command, status, said)
    return out


def transfer(folder):
    """The capture of a lossy transfer, and for each direction what was done to it."""
    return str(folder / "transfer.pcapng"), json.loads(good([TRANSFER, str(folder)]))["directions"]


class Page(html.parser.HTMLParser):
    """The numbers of a report, and what else can be asked of it."""

    def __init__(self, text):
        super().__init__()
        self.numbers, self.attributes, self.at = {}, {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.at = attrs.get("data-number")
        self.attributes[attrs.get("id", tag)] = attrs
        for name in ("src", "href", "xlink:href"):
            assert name not in attrs, f"{tag} wants {attrs[name]}"

    def handle_endtag(self, tag):
        self.at = None

    def handle_data(self, data):
        if self.at:
            self.numbers[self.at] = data

    def count(self, name):
        return int(self.numbers.get(name, "0").replace("\u2009", ""))


def compare(page, truth):
    for side, told in enumerate(truth):
        for counter, reason in DROPS.items():
            assert page.count(f"drop: wire: {reason}.{side}") == told[counter], (counter, side)
        for counter, mishap in MISHAPS.items():
            assert page.count(f"mishap: {mishap}.{side}") == told[counter], (counter, side)
        assert page.count(f"frames.{side}") == told["sent"]
        assert page.count(f"arrived.{side}") == told["delivered"]
        assert page.count(f"retransmissions.{side}") == told["retransmissions"] + told["opening"]
        other = truth[1 - side]
        assert page.count(f"drop: receiver: bad_checksum.{side}") == other["bad_checksum"]
    assert page.count("retransmissions") == sum(t["retransmissions"] for t in truth)
    assert page.count("frames") == sum(t["sent"] for t in truth)
