#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Writes the corpora of the targets whose input is a script: windows, connection, resolution.

    fuzz/corpus.py            writes fuzz/corpus/TARGET/NAME.bin
    fuzz/corpus.py --check    whether they are as this file has them; others are left alone

What an octet means is said by the sources of the targets. A seed that a fuzzer found is put beside
these by hand, named after what it was.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent / "corpus"


def word32(value):
    return [value >> shift & 255 for shift in (24, 16, 8, 0)]


# ---- windows: a number counts up from the first, and operations have their amount in bits 3 to 7

def receiver(x, slots, segments, reserve, first, *operations):
    return [1, x - 1, slots - x, segments - 4, reserve, *first, *flat(operations)]


def sender(x, segments, first, *operations):
    return [0, x - 1, segments - 4, *first, *flat(operations)]


def flat(operations):
    return [octet for op in operations for octet in (op if isinstance(op, (list, tuple)) else [op])]


WRAP32, WRAP16, ANYWHERE = [8], [9], [2, *word32(0x12345678)]  # two numbers before the wrap
NEXT, REFUSE_NONE, REOPEN = 0, 6, [7, 9]


def ahead(k):
    return 1 | (k - 2) << 3


def take(count):
    return 3 | (count - 1) << 3


def push(count):
    return (count - 1) << 3


def acknowledge(count):
    return 1 | count << 3


def eack(k):
    return [2, k + 1]


STEAL, GIVE, STEAL_RING, GIVE_RING, LOSE, AGAIN = 4, 12, 5, 13, 3, 4
WINDOWS = {
    "receive_in_order": receiver(4, 8, 20, 2, ANYWHERE, NEXT, NEXT, NEXT, take(3), NEXT, take(1)),
    "receive_gap": receiver(4, 8, 20, 2, ANYWHERE, ahead(2), ahead(4), ahead(3), NEXT, take(4)),
    "receive_across_both_wraps": receiver(8, 16, 30, 0, WRAP32, ahead(3), NEXT, NEXT, take(4),
                                          NEXT),
    "receive_across_the_short_wrap": receiver(8, 16, 30, 0, WRAP16, ahead(5), NEXT, NEXT, NEXT,
                                              NEXT),
    "receive_no_slots": receiver(2, 3, 20, 0, ANYWHERE, NEXT, NEXT, NEXT, NEXT, take(1), NEXT,
                                 take(4)),
    "receive_pool_empty": receiver(4, 8, 5, 1, ANYWHERE, *[STEAL] * 5, ahead(2), NEXT, GIVE, NEXT),
    "receive_no_ring": receiver(4, 8, 20, 0, ANYWHERE, STEAL_RING, ahead(2), NEXT, GIVE_RING,
                                ahead(2)),
    "receive_refused": receiver(4, 8, 20, 0, ANYWHERE, ahead(2), 6 | 2 << 3, NEXT, REFUSE_NONE,
                                NEXT),
    "receive_reopened": receiver(4, 8, 20, 0, ANYWHERE, ahead(2), NEXT, *REOPEN, ahead(3), NEXT),
    "receive_widest": receiver(16, 32, 48, 4, WRAP16, *[ahead(k) for k in range(31, 1, -2)], NEXT),
    "send_and_acknowledge": sender(4, 20, ANYWHERE, push(4), acknowledge(2), push(2),
                                   acknowledge(4)),
    "send_eacked_span": sender(2, 20, ANYWHERE, push(2), eack(1), push(1), eack(2), push(1),
                               acknowledge(4)),
    "send_lost_by_threshold": sender(8, 30, WRAP32, push(4), push(2), eack(3), eack(4), eack(5), 6,
                                     AGAIN,
                                     acknowledge(6)),
    "send_lost_by_time": sender(8, 30, WRAP16, push(4), eack(2), 5 | 20 << 3, 6 | 9 << 3, AGAIN,
                                AGAIN,
                                acknowledge(4)),
    "send_lost_twice": sender(4, 20, ANYWHERE, push(4), LOSE, AGAIN, LOSE, AGAIN, acknowledge(4)),
    "send_no_ring": sender(4, 20, ANYWHERE, push(1), acknowledge(1), push(1)),
    "send_edge": sender(4, 20, WRAP32, 7 | 12 << 3, 7 | 2 << 3, push(4), acknowledge(4), push(4)),
    "send_pool_empty": sender(8, 4, ANYWHERE, push(4), push(4), acknowledge(2), push(4)),
}

# ---- connection

PLAIN, ALL, NO_TAG = 0x00, 0xff, 0x7f


def options(features, choice=0x10, x=7, slots=2, queue=7, eacks=8, more=0):
    return [features, choice, x, slots, queue, eacks, more]


def connection(clock, own, offer, first, active, *operations):
    return [clock, *word32(17), *own, offer, *first, int(active), *flat(operations)]


LOW_FIRST, WRAP_FIRST = [0, *word32(99)], [1, 3]
SYN, SYN_ACK = [0x10, 15, 200], [0x00, 15, 200]
DATA, ACK, FIN, FORGET, TIMER = 1, 3, 5, 0x81, 9
SEND, SEND_MANY, READ, CLOSE, ABORT = 10, 0x7a, 0x7b, [12, 0], [12, 1]


def data_at(k):
    return [2, k + 32]


def passes(exponent):
    return [8, exponent]


CONNECTION = {
    name: connection(clock, options(features), features, first, active, *operations)
    for name, clock, features, first, active, operations in [
        ("passive_plain", 0, PLAIN, LOW_FIRST, 0,
         [SYN, ACK, DATA, DATA, READ, SEND, ACK, passes(24), CLOSE, ACK, FIN, ACK]),
        ("passive_all", 0, ALL, LOW_FIRST, 0, [SYN, ACK, DATA, DATA, DATA, DATA, READ, SEND_MANY,
         ACK, FIN]),
        ("active_plain", 0, PLAIN, LOW_FIRST, 1, [SYN_ACK, DATA, READ, SEND_MANY, ACK, CLOSE, ACK]),
        ("active_all", 0, ALL, WRAP_FIRST, 1, [SYN_ACK, ACK, *[DATA] * 8, READ, SEND, ACK, ABORT]),
        ("gap_filled_late", 0, NO_TAG, LOW_FIRST, 0,
         [SYN, ACK, data_at(3), data_at(1), data_at(2), data_at(-2), data_at(-1), READ, passes(22),
          ACK]),
        ("across_the_wrap", 0, PLAIN, WRAP_FIRST, 0, [SYN, ACK, *[DATA] * 10, READ, READ, FIN,
         ACK]),
        ("late_clock", 1, PLAIN, LOW_FIRST, 1, [TIMER, TIMER, SYN_ACK, SEND, TIMER, TIMER, ACK]),
        ("clock_leaps", 2 + 4 * 7, ALL, LOW_FIRST, 1,
         [SYN_ACK, SEND, passes(42), passes(42), SYN_ACK, 0x5e, DATA, READ, TIMER]),
        ("clock_runs_backwards", 3 + 4 * 9, PLAIN, LOW_FIRST, 0,
         [SYN, ACK, 0xfe, DATA, SEND, TIMER, 0x0e, DATA, READ, TIMER]),
        ("eacks", 0, PLAIN, LOW_FIRST, 1, [SYN_ACK, SEND_MANY, [0x54, 2, 1, 2, 3], TIMER, [0x44, 0,
         4], ACK]),
        ("resets", 0, ALL, LOW_FIRST, 0, [SYN, ACK, SEND, [0x16, 0, 4], [6, 1, 3], [6, 0, 3]]),
        ("mangled", 0, PLAIN, LOW_FIRST, 0, [SYN, ACK, 0x2f, DATA, 8, 1, DATA, 0x1f, DATA, 6, 255,
         READ]),
        ("runs_and_bundles", 0, ALL, LOW_FIRST, 1,
         [SYN_ACK, [0x07, 1, 4, 1, 2, 3, 4, 2], [0x27, 2, 6, 0, 1, 9, 0, 1, 9, 0], READ]),
        ("silent_peer", 0, PLAIN, LOW_FIRST, 1, [SYN_ACK, SEND_MANY, *[TIMER] * 20]),
        ("credit", 0, ALL, LOW_FIRST, 1, [SYN_ACK, SEND_MANY, FORGET, 0x51, 0xf1, READ, TIMER,
         ACK]),
    ]}

# ---- resolution: who says it, then what is odd about it


def resolution(role, *operations):
    return [role, *word32(5), *flat(operations)]


PASSIVE, ACTIVE = 0, 1
CLAIMED = [5] * 5  # the timers of the probes


def hello(who, odd=0, target=1):
    return [target << 3, who - 2, odd]


def reply(who, odd=0):
    return [1 | 0 << 3, who - 2, odd]


def other(op, who, odd=0, target=0):
    return [2 | target << 3, op - 1, who - 2, odd]


def connect(to):
    return [6 | (to - 2) << 3, 7]


PROBE, CONFLICT, BYE = 3, 4, 5
WAIT, LEAVE, LINK_DOWN, LINK_UP = [5], [6, 2], [6, 0], [6, 1]
LISTEN = [6, 3]
RESOLUTION = {
    "alone": resolution(ACTIVE, *CLAIMED, *WAIT * 6),
    "greeted": resolution(ACTIVE, *CLAIMED, hello(3), hello(4), hello(5), hello(6), hello(7)),
    "asked_for": resolution(ACTIVE, *CLAIMED, hello(3, target=0), hello(3, target=4)),
    "number_taken": resolution(ACTIVE, other(CONFLICT, 3, 1), *CLAIMED),
    "number_probed": resolution(ACTIVE, *CLAIMED, other(PROBE, 3, 0), other(CONFLICT, 4, 1)),
    "found": resolution(PASSIVE, connect(3), reply(3), *WAIT * 3),
    "not_found": resolution(ACTIVE, *CLAIMED, connect(4), *WAIT * 8),
    "restarted": resolution(ACTIVE, *CLAIMED, hello(3), connect(3), hello(3, 8), *WAIT * 3),
    "claimed_by_another": resolution(ACTIVE, *CLAIMED, hello(3), hello(3, 3 | 8 | 64), *WAIT * 3),
    "incumbent_answers": resolution(ACTIVE, *CLAIMED, hello(3), hello(3, 3 | 8 | 64), reply(3),
                                    *WAIT),
    "static_node_is_claimed": resolution(PASSIVE, hello(2, 3 | 64), other(BYE, 2), connect(2)),
    "leaves": resolution(ACTIVE, *CLAIMED, hello(3), other(BYE, 3), LEAVE, *WAIT * 2),
    "foreign_and_old": resolution(ACTIVE, *CLAIMED, hello(3, 5), hello(3, 6), hello(3, 4)),
    "strangers": resolution(ACTIVE, *CLAIMED, LISTEN, [7 | 1 << 3], [7 | 2 << 3], [4, 30],
                            [7 | 1 << 3]),
    "link_flaps": resolution(PASSIVE, connect(3), LINK_DOWN, *WAIT, LINK_UP, reply(3), *WAIT),
}


def files():
    for target, seeds in (("windows", WINDOWS), ("connection", CONNECTION),
                          ("resolution", RESOLUTION)):
        for name, octets in seeds.items():
            yield HERE / target / f"{name}.bin", bytes(octets)


def main():
    if "--check" in sys.argv[1:]:
        wrong = [path for path, octets in files()
                 if not path.exists() or path.read_bytes() != octets]
        print("\n".join(f"{path}: not as fuzz/corpus.py has it" for path in wrong))
        sys.exit(bool(wrong))
    for path, octets in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)


if __name__ == "__main__":
    main()
