#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Sends octets of no good intent: hostile.py INTERFACE DESTINATION SOURCE SECONDS SEED.

Random ones, headers with random fields, and frames that this host has sent: damaged, or again.
"""

import random
import socket
import sys
import time

KIND, EVERY_KIND = 0x88B6, 3


def address(text):
    return bytes.fromhex(text.replace(":", ""))


def main():
    interface, destination, source, seconds, seed = sys.argv[1:]
    dice = random.Random(int(seed))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_KIND))
    wire.bind((interface, EVERY_KIND))
    wire.setblocking(False)
    heard, sent = [], 0
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            frame, about = wire.recvfrom(9100)
            if about[1:3] == (KIND, socket.PACKET_OUTGOING):
                heard.append(frame[14:])
                del heard[:-50]
        except BlockingIOError:
            pass
        payload = bytearray(dice.randbytes(dice.choice((0, 1, 13, 14, 20, 60, 400, 1486))))
        choice = dice.randrange(4)
        if choice == 0 and len(payload) >= 14:
            payload[0] = dice.choice((0x83, 0xC3, 0x43, 0x63, 0x4B, 0x0B, 0x13, 0x53))
            payload[1] = 7
            payload[6:8] = (len(payload) - 14).to_bytes(2, "big")
        elif choice > 1 and heard:
            payload = bytearray(dice.choice(heard))
            if choice == 2 and payload:
                payload[dice.randrange(len(payload))] ^= 1 << dice.randrange(8)
        origin = address(source) if dice.random() < 0.9 else dice.randbytes(6)
        try:
            wire.send(address(destination) + origin + KIND.to_bytes(2, "big") + payload)
            sent += 1
        except OSError:
            time.sleep(0.001)
        if sent % 50 == 0:
            time.sleep(0.001)
    print(sent)


main()
