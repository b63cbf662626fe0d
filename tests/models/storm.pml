/* SPDX-License-Identifier: Apache-2.0
 *
 * Two ends that are confused about each other: do they ever fall silent again?
 *
 * Both begin OPEN or without a record, with any numbers, and with any segment on its way to each.
 * The link loses nothing and no timer runs, so whatever is sent is an answer to something. Answers
 * that go on for ever are a storm. Modulus 8, X = 1: the window is 2 numbers wide.
 *
 * check silence: -DCYCLES
 * campaign silence: -DCYCLES -DM=12
 * broken ack_war (cycle): -DCYCLES -DD1
 * broken ack_of_bad_ack (cycle): -DCYCLES -DANSWER_BAD_ACK
 * broken reset_of_reset (cycle): -DCYCLES -DRST_OF_RST
 */
#ifndef M
#define M 8
#endif
#ifndef X
#define X 1
#endif

mtype = {SYN, ACK, DATA, NUL, RST};

/* kind, number, acknowledged number; SYN has no ACK flag here, the others have it */
chan to_a = [3] of {mtype, byte, byte};
chan to_b = [3] of {mtype, byte, byte};

/* How far a lies ahead of b, 0 .. M-1; behind is M/2 and above (R-1.1, R-1.2). */
#define ahead(a, b) ((M + (a) - (b)) % M)
/* R-7.1: A(SEG), and for an RST one more (B of 7.1). `una1` is UNA - 1. */
#define may_acknowledge(a, una1, nxt) \
    (ahead(a, una1) <= ahead((nxt) + M - 1, una1) || M - ahead(a, una1) <= 2 * X + 1)
#define may_reset(a, una1, nxt) \
    (ahead(a, una1) <= ahead(nxt, una1) || M - ahead(a, una1) <= 2 * X + 1)

inline say(out, kind, number, acked) {
    assert(nfull(out));                                  /* one answer at most to a segment */
    out!kind, (number) % M, (acked) % M
}

/* R-7.3, R-7.4: challenge() is an acknowledgement of what there is; its bucket is taken as full. */
inline send_ack(out) { say(out, ACK, nxt, cur) }

inline closed_hears(out) {
    if
    :: kind == RST ->                                    /* R-7.5, R-3.18 */
#ifdef RST_OF_RST
        say(out, RST, a + 1, s)
#else
        skip
#endif
    :: kind == SYN -> say(out, RST, 0, s)                /* R-7.5: no ACK flag */
    :: else -> say(out, RST, a + 1, s)                   /* R-7.5 */
    fi
}

inline open_hears(out) {
    k = ahead(s, cur);
    if
    :: kind == RST && k == 1 && may_reset(a, una1, nxt) -> open = false       /* R-7.20 */
    :: kind == RST && k > 1 && k <= 2 * X -> send_ack(out)                    /* R-7.20 */
    :: kind == RST && !(k >= 1 && k <= 2 * X) -> skip                         /* R-7.20 */
    :: kind == RST && k == 1 && !may_reset(a, una1, nxt) -> skip              /* R-7.20 */
    :: kind == SYN -> send_ack(out)                                           /* R-7.21 */
    :: kind != RST && kind != SYN && !may_acknowledge(a, una1, nxt) ->        /* R-7.22 */
        if
#ifdef ANSWER_BAD_ACK
        :: true -> send_ack(out)
#else
        :: kind != ACK -> send_ack(out)
        :: else
#endif
        fi
    :: kind != RST && kind != SYN && may_acknowledge(a, una1, nxt) ->
        if                                                                    /* R-7.23 */
        :: ahead(a, una1) >= 1 && ahead(a, una1) <= ahead(nxt + M - 1, una1) -> una1 = a
        :: else
        fi;
        if
#ifdef D1  /* RFC 908, page 28: SEQ of a pure ACK is tested, too, and answered if unacceptable */
        :: kind == ACK && !(k >= 1 && k <= 2 * X) -> send_ack(out)
        :: kind == ACK && k >= 1 && k <= 2 * X
#else
        :: kind == ACK                                                        /* R-7.30 */
#endif
        :: kind != ACK && k == 1 -> cur = s; send_ack(out)                    /* R-7.28, R-8.11 */
        :: kind != ACK && k != 1 -> send_ack(out)                             /* R-7.26, R-8.11 */
        fi
    fi
}

proctype end_of(chan in, out; bool open) {
    byte nxt, una1, cur, s, a, k;
    mtype kind;
    atomic {
        /* Numbers may be counted from NXT; what this end expects is anywhere. */
        if
        :: open -> select(cur : 0 .. M - 1); select(una1 : M - 1 - 2 * X .. M - 1)
        :: else
        fi;
        /* It speaks by itself once, or not at all. */
        if
        :: open -> nxt = 1; out!DATA, 0, cur
        :: true
        fi
    }
end:
    do
    :: atomic {
        in?kind, s, a ->
        if
        :: open -> open_hears(out)
        :: else -> closed_hears(out)
        fi;
        kind = 0; s = 0; a = 0; k = 0
    }
    od
}

/* Something old, or forged, arrives at an end: any kind, any numbers. */
inline arrives(in) {
    if :: kind = SYN :: kind = ACK :: kind = DATA :: kind = NUL :: kind = RST fi;
    select(s : 0 .. M - 1);
    if :: kind == SYN :: else -> select(a : 0 .. M - 1) fi;
    in!kind, s, a
}

init {
    byte s, a;
    mtype kind;
    atomic {
        if :: arrives(to_a) :: arrives(to_b) fi;
        kind = 0; s = 0; a = 0;
        run end_of(to_a, to_b, true);
        if
        :: run end_of(to_b, to_a, true)
        :: run end_of(to_b, to_a, false)
        fi
    }
}
