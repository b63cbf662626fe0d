#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""What rrdp-trace as-tcp writes: Wireshark finds in it as many retransmissions as there were."""

import shutil

from kit import main, run, skip
from trace_kit import TRACE, good, transfer

if shutil.which("tshark") is None:
    skip("tshark is not installed")


def tools_for_tcp_count_the_same(folder):
    capture, truth = transfer(folder)
    for source, name in ((capture, "tcp.pcap"), (str(folder / "a.sqlog"), "of-qlog.pcap")):
        path = str(folder / name)
        good([TRACE, "as-tcp", source, path])

        def shown(*words):
            status, out, said = run(["tshark", "-r", path, *words])  # pylint: disable=W0640
            assert status == 0, said
            return out.decode()
        again = shown("-Y", "tcp.analysis.retransmission || tcp.analysis.out_of_order").splitlines()
        assert len(again) == sum(t["retransmissions"] for t in truth)
        whole = truth[1]["sent"] if source == capture else truth[1]["delivered"]
        conversation = [line for line in shown("-q", "-z", "conv,tcp").splitlines()
                        if "<->" in line]
        assert len(conversation) == 1, conversation
        assert str(truth[0]["sent"] + whole) in conversation[0].split(), conversation
        assert f"{truth[0]['sent'] + whole} " in shown("-q", "-z", "io,stat,0")
        lost = shown("-Y", "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || "
                     "tcp.checksum.status == 0 || _ws.malformed", "-o",
                     f"tcp.check_checksum:{'TRUE' if source == capture else 'FALSE'}")
        assert lost == "", lost


main([tools_for_tcp_count_the_same])
