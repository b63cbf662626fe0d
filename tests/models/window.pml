/* SPDX-License-Identifier: Apache-2.0
 *
 * The window of one direction, over numbers that wrap.
 *
 * A sender and a receiver with modulus M, over a link that loses, doubles and reorders. The wrap
 * law (section 13) bounds how old a copy may be: it is gone once L segments newer than its own were
 * first sent; an acknowledgement is gone once L were first sent since it left. The law says that all
 * goes well iff M >= 2X + L + 1, and so the check has this M and a broken run one less. A sender
 * may at any time send again what is outstanding: timers and loss detection only choose when.
 *
 * check ordered: -DN=11
 * check unordered: -DN=10 -DUNORDERED
 * campaign ordered: -DN=13
 * campaign unordered: -DN=13 -DUNORDERED
 * broken modulus_too_small (L1: in order, once): -DN=11 -DM=7 -DDEEP
 * broken modulus_too_small_unordered (L1: once): -DN=11 -DM=7 -DUNORDERED
 * broken eacked_but_not_held (R-8.13: what is EACKed is held): -DN=6 -DD3
 * broken delivered_without_mark (L1: once): -DN=6 -DUNORDERED -DD4
 * broken ack_not_tested (L2: what is confirmed has arrived): -DN=11 -DNO_TEST -DDEEP
 * broken una_moves_back (R-7.23: what was freed is not sent again): -DN=6 -DUNA_BACK
 */
#ifndef X
#define X 2                 /* outstanding at most (S1); numbers span 2X (S2), and so does RCV */
#endif
#ifndef L
#define L 3
#endif
#ifndef M
#define M (2 * X + L + 1)
#endif
#ifndef ROOM
#define ROOM 2
#endif

/* On the wire a number is modulo M; what stands behind it is for the laws and for the age. */
chan data = [ROOM] of {byte, byte};              /* SEQ; number */
chan acks = [ROOM] of {byte, byte, byte, byte};  /* ACK; list, bit i = ACK + 2 + i; NXT then; CUR */

byte una, nxt = 0;          /* numbers from 0, as the user counts; CUR is una - 1 of RFC 908 */
byte freed;                 /* all below were released by the sender */
byte eacked;                /* bit i: una + i was EACKed and released */
byte next;                  /* CUR + 1 of the receiver */
byte slot[2 * X];           /* slot[i]: number + 1 of what is held for next + i, or 0 */
byte early;                 /* unordered: bit i: next + i was delivered before its turn */
short got;                  /* unordered: bit n: number n was delivered */

#define ahead(a, b) ((M + (a) - (b)) % M)
#define is_set(bits, i) ((bits) & (1 << (i)))
#define ones(bits) (((bits) & 1) + (((bits) >> 1) & 1) + (((bits) >> 2) & 1) + (((bits) >> 3) & 1) \
    + (((bits) >> 4) & 1) + (((bits) >> 5) & 1))
#define outstanding (nxt - una - ones(eacked))

inline send(n) { data!(n) % M, n }

inline cumulative() {                                                         /* R-7.1, R-7.23 */
    d = ahead(ack + 1, una % M);                 /* how far ACK moves UNA */
    if
#ifdef NO_TEST
    :: d > 0 && d < M / 2 ->
#else
    :: d > 0 && d <= nxt - una ->
#endif
        una = una + d; eacked = eacked >> d;
        freed = (una > freed -> una : freed);
        assert(una <= next)                              /* L2: what is confirmed has arrived */
#ifdef UNA_BACK
    :: M - d <= 2 * X && una >= M - d -> una = una - (M - d)
#endif
    :: else
    fi
}

inline selective() {                                                          /* R-7.24, R-3.10 */
    i = 0;
    do
    :: i < 2 * X - 1 ->
        if
        :: is_set(list, i) ->
            d = ahead(ack + 2 + i, una % M);
            if
            :: d >= 1 && d < nxt - una && !is_set(eacked, d) ->
                eacked = eacked | (1 << d);
                assert(una + d < next || slot[una + d - next] == una + d + 1) /* R-8.13: what is EACKed is held */
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

proctype sender() {
    byte ack, list, sent, cur, d, i;
end:
    do
    :: atomic { nxt < N && nfull(data) && outstanding < X && nxt - una < 2 * X ->  /* R-8.1 */
        send(nxt); nxt++ }
    :: atomic { una < nxt && nfull(data) ->                         /* R-9.4, R-9.6, R-9.8 */
        select(i : 0 .. nxt - una - 1);
        if
        :: !is_set(eacked, i) ->
            assert(una + i >= freed);                    /* R-7.23: what was freed is not sent again */
            send(una + i)
        :: else
        fi;
        i = 0 }
    :: atomic {
        acks?ack, list, sent, cur ->
        if
        :: nfull(acks) -> acks!ack, list, sent, cur      /* it comes again */
        :: true
        fi;
        if
        :: nxt - sent <= L -> cumulative(); selective()
        :: else                                          /* it died on its way */
        fi;
        ack = 0; list = 0; sent = 0; cur = 0; d = 0 }
    od
}

inline deliver_early(k) {                                                     /* R-7.29 */
#ifdef UNORDERED
    if
#ifdef D4
    :: true ->
#else
    :: !is_set(early, k) ->
#endif
        early = early | (1 << (k));
        assert(!is_set(got, n));                         /* L1: once */
        got = got | (1 << n)
    :: else
    fi
#else
    skip
#endif
}

inline advance() {                                                            /* R-7.28 */
    do
    :: slot[0] != 0 ->
        assert(slot[0] == next + 1);                     /* L1: in order, once */
        i = 0;
        do
        :: i < 2 * X - 1 -> slot[i] = slot[i + 1]; i++
        :: else -> slot[i] = 0; i = 0; break
        od;
        early = early >> 1;
        next++
    :: else -> break
    od
}

/* R-7.3, R-8.13: what is held out of order, all of it. */
inline acknowledge() {
    list = 0; i = 1;
    do
    :: i < 2 * X ->
        list = (slot[i] != 0 -> list | (1 << (i - 1)) : list); i++
    :: else -> i = 0; break
    od;
#ifdef D3
    list = (k >= 1 && k < 2 * X -> list | (1 << (k - 1)) : list);
#endif
    if
    :: nfull(acks) -> acks!(next + M - 1) % M, list, nxt, next
    :: full(acks)
    fi
}

proctype receiver() {
    byte seq, n, k, i, list;
end:
    do
    :: atomic {
        data?seq, n ->
        if
        :: nfull(data) -> data!seq, n                    /* it comes again */
        :: true
        fi;
        if
        :: nxt - n <= L + 1 ->
            k = ahead(seq, next % M);
            if
#ifdef D3  /* RFC 908, pages 27 to 29: said to be held, and not queued */
            :: k == 0 && slot[k] == 0 -> slot[k] = n + 1; deliver_early(k); advance()
#else
#ifdef D4
            :: k < 2 * X -> slot[k] = n + 1; deliver_early(k); advance()
#else
            :: k < 2 * X && slot[k] == 0 ->              /* R-7.2, R-7.27 */
                slot[k] = n + 1; deliver_early(k); advance()
#endif
#endif
            :: else                                      /* R-7.26: old, held or beyond */
            fi;
            acknowledge()                                /* R-8.11 */
        :: else                                          /* it died on its way */
        fi;
        seq = 0; n = 0; k = 0; list = 0 }
    od
}

/* Loses, and lets the second overtake the first. */
proctype wire() {
    byte a, b, c, d;
end:
    do
    :: atomic { data?a, b; a = 0; b = 0 }
    :: atomic { acks?a, b, c, d; a = 0; b = 0; c = 0; d = 0 }
    :: atomic { len(data) > 1 -> data?a, b; data!a, b; a = 0; b = 0 }
    :: atomic { len(acks) > 1 -> acks?a, b, c, d; acks!a, b, c, d; a = 0; b = 0; c = 0; d = 0 }
    od
}

init { atomic { run sender(); run receiver(); run wire() } }
