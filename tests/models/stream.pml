/* SPDX-License-Identifier: Apache-2.0
 *
 * NUL, FIN and close: does a connection end so that both sides know what became of their messages?
 *
 * Two ends in OPEN, each of which sends up to K data segments and keepalives and then closes. The
 * link loses and doubles a few frames and reorders them freely. Timers run only when nothing else
 * can happen, so everything must be over after a few of them; the linger is the last to run out,
 * which is what R-10.8 asks of it. (With SHORT_LINGER it runs out at any time, which does no harm
 * where only the FIN was left to acknowledge, R-7.20.) X = 2; numbers do not wrap (the model `window` is about that).
 *
 * check close: -DK=1 -DLOSSES=2
 * check keepalive: -DK=2 -DKB=1 -DLOSSES=1
 * check short_linger: -DK=1 -DLOSSES=2 -DSHORT_LINGER -DFLUSHED
 * campaign close: -DK=2 -DLOSSES=1
 * campaign lossy_close: -DK=1 -DLOSSES=3
 * broken nul_out_of_order (L2: what is confirmed was delivered): -DK=2 -DLOSSES=1 -DD2
 * broken fin_out_of_order (R-10.2: the end comes last): -DK=1 -DLOSSES=1 -DFIN_AT_ONCE
 * broken close_is_reset (L2: a clean end lost nothing): -DK=1 -DLOSSES=1 -DD8
 * broken no_close_wait (both sides end alike): -DK=1 -DLOSSES=2 -DNO_CLOSE_WAIT -DDEEP
 * broken linger_too_short (both sides end alike): -DK=1 -DLOSSES=2 -DSHORT_LINGER -DDEEP
 * broken reset_is_reset (both sides end alike): -DK=1 -DLOSSES=2 -DSHORT_LINGER -DFLUSHED -DPLAIN -DDEEP
 * broken old_not_acknowledged (it gives up): -DK=1 -DLOSSES=1 -DSILENT
 */
#ifndef ROOM
#define ROOM 2
#endif
#ifndef KB
#define KB K                                     /* K of the second end */
#endif
#define TRIES 7

mtype = {DATA, NUL, FIN, ACK, RST};
mtype = {OPEN, CLOSING, CLOSE_WAIT, CLOSED};
mtype = {NONE, CLEAN, RESET};

chan to_b = [ROOM] of {mtype, byte, byte};       /* kind, SEQ, ACK */
chan to_a = [ROOM] of {mtype, byte, byte};

mtype state[2] = OPEN;
mtype result[2] = NONE;
byte una[2] = 1, nxt[2] = 1;                     /* numbers from 1; ISS is 0, and so is IRS */
byte cur[2];
byte tries[2];
byte losses, doubled;

/* What number n of each end is, by bits: data; and which data its peer has delivered. */
byte is_data[2], delivered[2];
byte fin[2];                                     /* the number of the FIN, 0 while there is none */
bool peer_fin[2];

#define other (1 - me)
#define most (me == 0 -> K : KB)
#define bit(n) (1 << (n))
#define up_to(n) (bit((n) + 1) - 1)
#define waits(n) ((state[n] == OPEN || state[n] == CLOSING) && una[n] < nxt[n])

/* A link that is full loses what comes. */
inline say(kind_, s_, a_) {
    if
    :: nfull(out) -> out!kind_, s_, a_
    :: full(out)
    fi
}
inline send_ack() { say(ACK, nxt[me], cur[me]) }                              /* R-7.3 */
inline send(n) {                                                              /* R-8.2, R-8.3 */
    if
    :: n == fin[me] -> say(FIN, n, cur[me])
    :: n != fin[me] && (is_data[me] & bit(n)) -> say(DATA, n, cur[me])
    :: n != fin[me] && !(is_data[me] & bit(n)) -> say(NUL, n, cur[me])
    fi
}

inline ends_clean() {
    result[me] = CLEAN;
    /* All it sent was delivered, and all it was sent. */
    assert((delivered[other] & is_data[me]) == is_data[me]);     /* L2: a clean end lost nothing */
}

inline hears_ack() {                                                          /* R-7.23 */
    if
    :: a >= una[me] && a < nxt[me] ->
        una[me] = a + 1; tries[me] = 0;
        assert(((is_data[me] & up_to(a)) & ~delivered[other]) == 0)   /* L2: what is confirmed was delivered */
    :: else
    fi
}

/* R-7.28, R-7.29, by the sequence: everything held that follows CUR. */
inline advance() {
    do
    :: held & bit(cur[me] + 1) ->
        cur[me]++;
        if
        :: cur[me] == fin[other] ->                                           /* R-10.2 */
            peer_fin[me] = true;
            assert((is_data[other] & ~delivered[me]) == 0)        /* R-10.2: the end comes last */
        :: cur[me] != fin[other] && (is_data[other] & bit(cur[me])) ->
            delivered[me] = delivered[me] | bit(cur[me])
        :: else                                                               /* R-3.12 */
        fi
    :: else -> break
    od
}

inline hears_consuming() {                                                    /* R-7.2 */
    if
    :: s > cur[me] && s <= cur[me] + 4 ->                                     /* R-7.27 */
        held = held | bit(s);
#ifdef D2  /* RFC 908, page 28: "If NUL set: Set RCV.CUR=SEG.SEQ" */
        if
        :: kind == NUL -> cur[me] = s
        :: else
        fi;
#endif
#ifdef FIN_AT_ONCE
        if
        :: kind == FIN -> peer_fin[me] = true;
            assert((is_data[other] & ~delivered[me]) == 0)        /* R-10.2: the end comes last */
        :: else
        fi;
#endif
        advance(); send_ack()                                                 /* R-8.11 */
    :: else                                                                   /* R-7.26 */
#ifndef SILENT
        -> send_ack()
#endif
    fi
}

/* R-10.3: closing progress. */
inline progress_of_close() {
    if
    :: state[me] == CLOSING && una[me] == nxt[me] && peer_fin[me] ->
        ends_clean();
#ifdef NO_CLOSE_WAIT
        state[me] = CLOSED
#else
        state[me] = CLOSE_WAIT
#endif
    :: else
    fi
}

inline open_hears() {
    if
    :: kind == RST && s == cur[me] + 1 ->                                     /* R-7.20 */
        if
#ifndef PLAIN
        :: state[me] == CLOSING && peer_fin[me] && una[me] >= fin[me] -> ends_clean()
#endif
        :: else -> result[me] = RESET
        fi;
        state[me] = CLOSED
    :: kind == RST && s != cur[me] + 1 ->                                     /* R-7.20: challenge */
        if :: s > cur[me] && s <= cur[me] + 4 -> send_ack() :: else fi
    :: kind != RST ->
        hears_ack();
        if
        :: kind != ACK -> hears_consuming()
        :: kind == ACK                                                        /* R-7.30 */
        fi;
        progress_of_close()
    fi
}

inline closes() {                                                             /* R-10.1 */
#ifdef D8  /* RFC 908: an RST ends it at once */
    say(RST, nxt[me], cur[me]); ends_clean(); state[me] = CLOSED
#else
    fin[me] = nxt[me]; nxt[me]++; state[me] = CLOSING; send(fin[me])
#endif
}

proctype node(byte me; chan in, out) {
    byte held, s, a;
    mtype kind;
end:
    do
    :: atomic { state[me] == OPEN && nxt[me] <= most ->                          /* R-8.1 */
        is_data[me] = is_data[me] | bit(nxt[me]); nxt[me]++; send(nxt[me] - 1) }
    :: atomic { state[me] == OPEN && nxt[me] <= most && most > 1 ->                 /* R-11.1, R-12.4 */
        nxt[me]++; send(nxt[me] - 1) }
#ifdef FLUSHED  /* it closes when all it sent is acknowledged */
    :: atomic { state[me] == OPEN && nxt[me] > 1 && una[me] == nxt[me] -> closes() }
#else
    :: atomic { state[me] == OPEN && nxt[me] > 1 -> closes() }
#endif
    :: atomic { timeout && waits(me) && (!waits(other) || tries[me] <= tries[other]) ->   /* R-9.4 */
        tries[me]++;
        assert(tries[me] < TRIES);                                            /* it gives up */
        send(una[me]) }
#ifdef SHORT_LINGER
    :: atomic { state[me] == CLOSE_WAIT -> state[me] = CLOSED }
#else
    :: atomic { timeout && state[me] == CLOSE_WAIT && !waits(other) ->        /* R-10.8 */
        state[me] = CLOSED }
#endif
    :: atomic {
        in?kind, s, a ->
        if                                                   /* arrives once, or again later */
        :: nfull(in) && doubled < LOSSES -> doubled++; in!kind, s, a
        :: true
        fi;
        if
        :: state[me] == OPEN || state[me] == CLOSING -> open_hears()
        :: state[me] == CLOSE_WAIT && kind != RST && kind != ACK && s <= cur[me] ->
            send_ack()                                                        /* R-7.35 */
        :: state[me] == CLOSE_WAIT && (kind == RST || kind == ACK || s > cur[me])   /* R-7.35 */
        :: state[me] == CLOSED && kind == RST                                 /* R-7.5 */
        :: state[me] == CLOSED && kind != RST -> say(RST, a + 1, s)           /* R-7.5 */
        fi;
        kind = 0; s = 0; a = 0 }
    od
}

/* Loses, and lets the second overtake the first. */
proctype wire(chan way) {
    mtype kind;
    byte s, a;
end:
    do
    :: atomic { nempty(way) && losses < LOSSES -> losses++; way?kind, s, a; kind = 0; s = 0; a = 0 }
    :: atomic { len(way) > 1 -> way?kind, s, a; way!kind, s, a; kind = 0; s = 0; a = 0 }
    od
}

/* When everything has become quiet. */
proctype judge() {
    atomic { timeout && !waits(0) && !waits(1) && state[0] != CLOSE_WAIT && state[1] != CLOSE_WAIT ->
        assert(result[0] == CLEAN && result[1] == CLEAN) }                    /* both sides end alike */
}

init {
    atomic { run node(0, to_a, to_b); run node(1, to_b, to_a); run wire(to_a); run wire(to_b);
        run judge() }
}
