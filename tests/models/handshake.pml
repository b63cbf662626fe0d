/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, with old duplicates and ends that lose their memory.
 *
 * Two nodes, the same ports every time. What a node forgets, by a crash or after an RST, it begins
 * anew with another record; records are numbered, and their numbers serve as tags, so that tags are
 * never equal. First numbers are chosen freely from few, so that they often are (R-5.12). The link
 * loses, doubles and reorders at will; a frame may be old, as old as the first record.
 *
 * MODE 0: A opens, B listens. MODE 1: both open at the same time. MODE 2: as 0, but the timers run
 * only when nothing else happens and the link does less, to see that it always comes to an end.
 *
 * check listener: -DMODE=0
 * check simultaneous: -DMODE=1 -DCRASHES=0 -DISS=1
 * check recovery: -DMODE=2 -DLOSSES=2 -DCRASHES=2
 * campaign listener: -DMODE=0 -DISS=3
 * campaign simultaneous: -DMODE=1 -DCRASHES=1
 * campaign recovery: -DMODE=2 -DLOSSES=4 -DCRASHES=2
 * broken without_tags (L5: data cross): -DMODE=0 -DTAG=0 -DBOUND=0
 * broken without_echo (L5: data cross): -DMODE=0 -DECHO=0 -DBOUND=0
 * broken without_echo_bound (L5: bound to another): -DMODE=0 -DECHO=0
 * broken opened_by_a_tag (L5: bound to another): -DMODE=1 -DEARLY -DISS=1 -DDEEP
 * broken syn_ignored_when_open (it gives up): -DMODE=2 -DNO_CHALLENGE
 * broken half_open_unanswered (it gives up): -DMODE=2 -DNO_RESET
 */
#ifndef TAG
#define TAG 1      /* TAG is agreed: R-3.3, R-3.20, R-7.17 */
#endif
#ifndef ECHO
#define ECHO TAG   /* R-5.14 */
#endif
#ifndef BOUND
#define BOUND 1    /* 0: only what an application would see is a mistake */
#endif
#ifndef ISS
#define ISS 2      /* a first number is 0 .. ISS - 1 */
#endif
#ifndef ROOM
#define ROOM 2     /* frames under way in one direction */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1   /* MODE 2: frames that are lost, and as many that are doubled */
#endif
#define M 8        /* modulus, X = 1 */
#ifndef PASSIVE
#define PASSIVE (MODE == 2 -> 3 + LOSSES : 2)  /* records of B: old SYNs take some */
#endif
#define RECORDS (me == 0 -> 2 : PASSIVE)
#define TRIES 7    /* more than the losses and crashes that can come between */

mtype = {SYN, SYNACK, ACK, DATA, RST};
mtype = {CLOSED, SYN_SENT, SYN_RCVD, OPEN};

/* A frame: kind, SEQ, ACK, and two tags: `to` is in the tag words of a segment (R-3.3), is the echo
 * of a SYN ACK (R-5.14), or what an RST reflects (R-3.16); `from` is in the TLV of a SYN or SYN ACK.
 * In other segments `from` says who sent it: that is for the laws only, and so is all without TAG. */
chan to_b = [ROOM] of {mtype, byte, byte, byte, byte};
chan to_a = [ROOM] of {mtype, byte, byte, byte, byte};

mtype state[2] = CLOSED;
byte own[2];       /* own tag, 0 without a record */
byte peer[2];      /* peer tag */
byte records[2];
bool flight[2];    /* it has data that are not acknowledged */
byte tries[2];     /* how often each has sent the same again, MODE 2 */
byte crashes, losses, doubled;

#define ahead(a, b) ((M + (a) - (b)) % M)
#define is_mine(t) (!TAG || (t) == own[me])
#define is_of_pair(t) (!TAG || (t) == own[me] || (t) == peer[me])
#define has_ack(kind) (kind != SYN)
#define quiet (MODE == 2)

/* A link that is full loses what comes. */
inline say(kind_, s_, a_, to_, from_) {
    if
    :: nfull(out) -> out!kind_, (s_) % M, (a_) % M, to_, from_
    :: full(out)
    fi
}

inline send_ack() { say(ACK, nxt, cur, peer[me], own[me]) }                   /* R-7.3, R-7.4 */

inline forget() {
    state[me] = CLOSED; own[me] = 0; peer[me] = 0; flight[me] = false;
    iss = 0; irs = 0; cur = 0; nxt = 0; una = 0; opener = false; heard = false; tries[me] = 0
}

inline begins(how) {
    records[me]++;
    own[me] = 8 * me + records[me];                                           /* R-5.13 */
    select(iss : 0 .. ISS - 1);                                               /* R-5.12 */
    nxt = (iss + 1) % M; una = iss; opener = how; tries[me] = 0
}

inline takes() { peer[me] = from; irs = s; cur = s }

inline opens() {
    una = nxt; state[me] = OPEN; tries[me] = 0;
    /* A record that opens is bound to one that is bound to it. */
    assert(!BOUND || (to == own[me] && from == peer[me]))           /* L5: bound to another */
}

/* R-7.5, R-3.16: a bare RST that answers this segment. */
inline refuse() {
    if
    :: kind == SYN -> say(RST, 0, s, from, 0)
    :: kind == SYNACK -> say(RST, a + 1, s, from, 0)
    :: else -> say(RST, a + 1, s, to, 0)
    fi
}

inline closed_hears() {
    if
    :: kind == RST                                                            /* R-7.5, R-7.10 */
    :: kind == SYN && listens && records[me] < RECORDS ->                     /* R-7.9, R-7.11 */
        begins(false); takes(); state[me] = SYN_RCVD;
        say(SYNACK, iss, irs, peer[me], own[me])
    :: kind == SYN && listens && records[me] == RECORDS                       /* R-7.10: backlog */
    :: else -> refuse()
    fi
}

inline syn_sent_hears() {
    if
    :: kind == RST && a == iss && is_mine(to) -> forget()                     /* R-7.12 */
    :: kind == SYNACK && a == iss ->                                          /* R-7.13 */
        if
        :: !ECHO || to == own[me] -> takes(); opens(); send_ack()             /* R-5.14 */
        :: else
        fi
    :: kind == SYN -> takes(); state[me] = SYN_RCVD;                          /* R-7.14 */
        say(SYNACK, iss, irs, peer[me], own[me])
#ifndef NO_RESET
    :: has_ack(kind) && kind != RST && (a != iss || (kind != SYNACK && !is_mine(to))) ->
        refuse()                                                              /* R-7.15 */
#endif
    :: else
    fi
}

inline syn_rcvd_hears() {
    k = ahead(s, cur);
    if
    :: kind == RST && is_of_pair(to) && k == 1 -> forget()                    /* R-7.16 */
    :: kind == RST && is_of_pair(to) && k == 2 -> send_ack()                  /* R-7.16 */
    :: kind == RST && !(is_of_pair(to) && (k == 1 || k == 2))                 /* R-3.20, R-7.16 */
    :: (kind == SYN || kind == SYNACK) && s == irs && (!TAG || from == peer[me]) ->   /* R-7.17 */
        if
        :: kind == SYNACK && ECHO && to != own[me]                            /* R-5.14 */
        :: kind == SYNACK && (!ECHO || to == own[me]) && a == iss -> opens(); send_ack()
        :: else -> say(SYNACK, iss, irs, peer[me], own[me])
        fi
    :: (kind == SYN || kind == SYNACK) && !(s == irs && (!TAG || from == peer[me])) ->
        send_ack()                                                            /* R-7.17, R-7.21 */
    :: (kind == ACK || kind == DATA) && !is_mine(to) -> refuse()              /* R-2.19 */
    :: (kind == ACK || kind == DATA) && is_mine(to) && a != iss -> refuse()   /* R-7.18 */
    :: (kind == ACK || kind == DATA) && is_mine(to) && a == iss ->            /* R-7.18 */
        if
#ifndef EARLY
        :: TAG && opener                                  /* early_segment */
#endif
        :: else -> opens(); open_hears()
        fi
    fi
}

inline open_hears() {
    k = ahead(s, cur);
    if
    :: kind == RST && is_of_pair(to) && k == 1 -> forget()                    /* R-7.20 */
    :: kind == RST && is_of_pair(to) && k == 2 -> send_ack()                  /* R-7.20 */
    :: kind == RST && !(is_of_pair(to) && (k == 1 || k == 2))                 /* R-3.20, R-7.20 */
    :: kind == SYN || kind == SYNACK ->                                       /* R-7.21 */
#ifndef NO_CHALLENGE
        send_ack();
#endif
        if
        :: TAG && opener && !heard && kind == SYNACK && s == irs && from == peer[me] &&
           to == own[me] -> say(SYNACK, iss, irs, peer[me], own[me])          /* R-7.21 */
        :: else
        fi
    :: (kind == ACK || kind == DATA) && !is_mine(to)                          /* R-3.3 */
    :: (kind == ACK || kind == DATA) && is_mine(to) ->
        heard = true;
        if
        :: ahead(a, una + M - 1) > 2 && M - ahead(a, una + M - 1) > 3 ->      /* R-7.1, R-7.22 */
            if :: kind == DATA -> send_ack() :: else fi
        :: else ->
            if                                                                /* R-7.23 */
            :: nxt != una && a == una -> una = nxt; flight[me] = false; tries[me] = 0
            :: else
            fi;
            if
            :: kind == ACK                                                    /* R-7.30 */
            :: kind == DATA && k == 1 ->                                      /* R-7.28 */
                assert(to == own[me] && from == peer[me]);                    /* L5: data cross */
                cur = s; send_ack()
            :: kind == DATA && k != 1 -> send_ack()                           /* R-7.26 */
            fi
        fi
    fi
}

/* What a timer sends again (R-7.19, R-9.4). In a quiet world it may not be needed too often, except
 * by a passive record, whose opener may be gone: that is freed silently (R-7.19). */
inline again() {
#if MODE == 2
    tries[me]++;
    assert(tries[me] < TRIES || (state[me] == SYN_RCVD && !opener));          /* it gives up */
#endif
    if
    :: tries[me] >= TRIES -> forget()
    :: tries[me] < TRIES && state[me] == SYN_SENT -> say(SYN, iss, 0, 0, own[me])
    :: tries[me] < TRIES && state[me] == SYN_RCVD -> say(SYNACK, iss, irs, peer[me], own[me])
    :: tries[me] < TRIES && state[me] == OPEN -> say(DATA, una, cur, peer[me], own[me])
    fi
}

#define waits(n) (state[n] == SYN_SENT || state[n] == SYN_RCVD || (state[n] == OPEN && flight[n]))
#define other (1 - me)

proctype node(byte me; chan in, out; bool opens_itself, listens) {
    byte iss, irs, cur, nxt, una, k, s, a, to, from;
    bool opener, heard;
    mtype kind;
end:
    do
    :: atomic { opens_itself && state[me] == CLOSED && records[me] < RECORDS ->
        begins(true); state[me] = SYN_SENT; say(SYN, iss, 0, 0, own[me]) }
    :: atomic { state[me] == OPEN && nxt == (iss + 1) % M && opens_itself ->  /* R-8.1 */
        una = nxt; nxt = (nxt + 1) % M; flight[me] = true;
        say(DATA, una, cur, peer[me], own[me]) }
    :: atomic { !quiet && waits(me) && nfull(out) -> again() }
    :: atomic { quiet && timeout && waits(me) && (!waits(other) || tries[me] <= tries[other]) ->
        again() }
    :: atomic { state[me] != CLOSED && crashes < CRASHES && records[me] < RECORDS ->
        crashes++; forget() }
    :: atomic {
        in?kind, s, a, to, from ->
        if                                    /* arrives once, or again later; in MODE 2 seldom */
        :: true
        :: nfull(in) && (!quiet || doubled < LOSSES) ->
            doubled = (quiet -> doubled + 1 : 0); in!kind, s, a, to, from
        fi;
        if
        :: state[me] == CLOSED -> closed_hears()
        :: state[me] == SYN_SENT -> syn_sent_hears()
        :: state[me] == SYN_RCVD -> syn_rcvd_hears()
        :: state[me] == OPEN -> open_hears()
        fi;
        kind = 0; s = 0; a = 0; to = 0; from = 0; k = 0
    }
    od
}

/* Loses, and lets the second overtake the first. */
proctype wire(chan way) {
    mtype kind;
    byte s, a, to, from;
end:
    do
    :: atomic { nempty(way) && (!quiet || losses < LOSSES) ->
        losses = (quiet -> losses + 1 : 0);
        way?kind, s, a, to, from; kind = 0; s = 0; a = 0; to = 0; from = 0 }
    :: atomic { len(way) > 1 ->
        way?kind, s, a, to, from; way!kind, s, a, to, from;
        kind = 0; s = 0; a = 0; to = 0; from = 0 }
    od
}

init {
    atomic {
        run node(0, to_a, to_b, true, false);
        run node(1, to_b, to_a, MODE == 1, MODE != 1);
        run wire(to_a);
        run wire(to_b)
    }
}
