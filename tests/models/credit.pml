/* SPDX-License-Identifier: Apache-2.0
 *
 * Receive slots and credit: is what was promised always held, and does lost credit never stop it?
 *
 * One direction with CREDIT and FRAG agreed, X = 2, so that the window is 4 wide: a sender with N
 * segments that form messages of RUN segments, and a receiver with SLOTS slots whose application
 * takes complete messages when it likes. Numbers do not wrap. The link loses, doubles and reorders.
 *
 * MODE 0: it does so at will, and every timer may run at any time. MODE 1: it loses and doubles few
 * frames, and timers run only when nothing else can happen: then everything must arrive.
 *
 * check promises: -DMODE=0 -DN=8
 * check progress: -DMODE=1 -DN=8 -DLOSSES=2
 * check long_runs: -DMODE=1 -DN=8 -DRUN=4 -DLOSSES=2
 * campaign promises: -DMODE=0 -DN=12
 * campaign progress: -DMODE=1 -DN=12 -DLOSSES=4
 * campaign long_runs: -DMODE=1 -DN=12 -DRUN=4 -DLOSSES=3
 * broken no_probes (all arrives): -DMODE=1 -DN=8 -DLOSSES=1 -DNO_PROBES
 * broken probe_unanswered (it gives up): -DMODE=1 -DN=8 -DLOSSES=1 -DSILENT
 * broken too_few_slots (R-8.17: a promised number has its slot): -DMODE=0 -DN=8 -DSLOTS=3
 * broken partial_not_counted (R-8.17: a promised number has its slot): -DMODE=0 -DN=8 -DONLY_WHOLE
 * broken word_left_out (R-8.18: nothing is sent that has no slot): -DMODE=0 -DN=8 -DNO_WORD
 * broken run_too_long (it gives up): -DMODE=1 -DN=10 -DRUN=5 -DLOSSES=0
 */
#ifndef RUN
#define RUN 2           /* segments of a message; R-3.26: at most 4 */
#endif
#ifndef SLOTS
#define SLOTS 4         /* R-8.16: at least 4 */
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#ifndef ROOM
#define ROOM 2
#endif
#define X 2
#define NO_CREDIT 255   /* there is no credit word */
#define TRIES 7

mtype = {DATA, PROBE};

chan data = [ROOM] of {mtype, byte};    /* kind, SEQ */
chan acks = [ROOM] of {byte, byte, byte};  /* ACK, credit word or none, list: bit i = ACK + 2 + i */

/* Numbers from 1; CUR and UNA - 1 are 0 at first, and so is the number of messages taken. */
byte una = 1, nxt = 1, eacked, limit = 2 * X;                 /* `limit` is SND.EDGE */
byte cur, held, edge = 2 * X, taken;                          /* `edge` is RCV.EDGE, bit i: cur + i */
byte losses, doubled, tries;

#define bit(n) (1 << (n))
#define least(a, b) ((a) < (b) -> (a) : (b))
#define ones(bits) (((bits) & 1) + (((bits) >> 1) & 1) + (((bits) >> 2) & 1) + (((bits) >> 3) & 1) \
    + (((bits) >> 4) & 1))
#define outstanding (nxt - una - ones(eacked))
#define whole (cur - cur % RUN)                               /* the last number of a whole message */
#ifdef ONLY_WHOLE
#define used (whole - taken)
#else
#define used (cur - taken)                                    /* U: with the partial message */
#endif
#define may_send (nxt <= N && outstanding < X && nxt - una < 2 * X && nxt <= limit)   /* R-8.1 */
#define blocked (nxt <= N && una == nxt && nxt > limit)                               /* R-8.22 */

inline renew_edge() {                                                         /* R-8.17 */
    edge = (cur + least(2 * X, SLOTS - used) > edge -> cur + least(2 * X, SLOTS - used) : edge)
}

inline send_ack() {                                                           /* R-7.3, R-8.13 */
    if
    :: nfull(acks) ->
#ifdef NO_WORD
        acks!cur, NO_CREDIT, held >> 2
#else
        acks!cur, (edge < cur + 2 * X || held != 0 -> edge : NO_CREDIT), held >> 2    /* R-8.18 */
#endif
    :: full(acks)
    fi
}

/* Lost if the link is full. */
inline send(kind_, n) {
    if
    :: nfull(data) -> data!kind_, n
    :: full(data)
    fi
}

inline again() {                                                              /* R-9.4 */
#if MODE == 1
    tries++;
    assert(tries < TRIES);                                                    /* it gives up */
#endif
    send(DATA, una)
}

inline probe() {                                                              /* R-8.20, R-8.22 */
#if MODE == 1
    tries++;
    assert(tries < TRIES);                                                    /* it gives up */
#endif
    send(PROBE, una - 1)
}

proctype sender() {
    byte ack, word, list, i;
end:
    do
    :: atomic { may_send && nfull(data) -> send(DATA, nxt); nxt++ }
#if MODE == 0
    :: atomic { una < nxt && nfull(data) -> again() }
    :: atomic { blocked && nfull(data) -> probe() }
#else
    :: atomic { timeout && una < nxt -> again() }
#ifndef NO_PROBES
    :: atomic { timeout && blocked -> probe() }
#endif
#endif
    :: atomic {
        acks?ack, word, list ->
        if                                                   /* arrives once, or again later */
        :: nfull(acks) && (MODE == 0 || doubled < LOSSES) ->
            doubled = (MODE == 1 -> doubled + 1 : 0); acks!ack, word, list
        :: true
        fi;
        if                                                                    /* R-7.23 */
        :: ack >= una -> eacked = eacked >> (ack + 1 - una); una = ack + 1; tries = 0
        :: else
        fi;
        i = 0;
        do                                                                    /* R-7.24 */
        :: i < 2 * X - 1 ->
            if
            :: (list & bit(i)) && ack + 2 + i > una -> eacked = eacked | bit(ack + 2 + i - una)
            :: else
            fi;
            i++
        :: else -> break
        od;
        word = (word == NO_CREDIT -> ack + 2 * X : word);                     /* R-8.19 */
        if
        :: word > limit -> limit = word; tries = 0
        :: else
        fi;
        ack = 0; word = 0; list = 0; i = 0 }
    od
}

inline hears_data() {
    assert(n <= edge);                            /* R-8.18: nothing is sent that has no slot */
    if
    :: n <= cur || (n - cur <= 2 * X && (held & bit(n - cur))) ->             /* R-7.26: old, held */
#ifdef SILENT
        if :: kind == DATA -> send_ack() :: else fi
#else
        send_ack()
#endif
    :: n > cur + 2 * X                                                        /* R-7.26: beyond */
    :: n > cur && n <= cur + 2 * X && !(held & bit(n - cur)) ->               /* R-7.27 */
        assert(cur - taken + ones(held) < SLOTS);   /* R-8.17: a promised number has its slot */
        held = held | bit(n - cur);
        do                                                                    /* R-7.28 */
        :: held & 2 -> held = (held & ~2) >> 1; cur++
        :: else -> break
        od;
        renew_edge(); send_ack()                                              /* R-8.11 */
    fi
}

proctype receiver() {
    byte n, room;
    mtype kind;
end:
    do
    :: atomic { taken + RUN <= cur ->                           /* the application takes a message */
        room = edge - cur;
        taken = taken + RUN; renew_edge();
        if                                                                    /* R-8.21 */
        :: room < 1 && edge - cur - room >= 1 -> send_ack()
        :: else
        fi;
        room = 0 }
    :: atomic {
        data?kind, n ->
        if                                                   /* arrives once, or again later */
        :: nfull(data) && (MODE == 0 || doubled < LOSSES) ->
            doubled = (MODE == 1 -> doubled + 1 : 0); data!kind, n
        :: true
        fi;
        hears_data();
        kind = 0; n = 0 }
    od
}

/* Loses, and lets the second overtake the first. */
proctype wire() {
    byte n, a, b, c;
    mtype kind;
end:
    do
    :: atomic { nempty(data) && (MODE == 0 || losses < LOSSES) ->
        losses = (MODE == 1 -> losses + 1 : 0); data?kind, n; kind = 0; n = 0 }
    :: atomic { nempty(acks) && (MODE == 0 || losses < LOSSES) ->
        losses = (MODE == 1 -> losses + 1 : 0); acks?a, b, c; a = 0; b = 0; c = 0 }
    :: atomic { len(data) > 1 -> data?kind, n; data!kind, n; kind = 0; n = 0 }
    :: atomic { len(acks) > 1 -> acks?a, b, c; acks!a, b, c; a = 0; b = 0; c = 0 }
    od
}

#if MODE == 1
/* When everything has become quiet. */
proctype judge() {
    atomic { timeout && una == nxt && (!blocked
#ifdef NO_PROBES
        || true
#endif
        ) -> assert(taken == N) }                                             /* all arrives */
}
#endif

init {
    atomic {
        run sender(); run receiver(); run wire();
#if MODE == 1
        run judge()
#endif
    }
}
