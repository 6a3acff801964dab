/* Models: the heap loop in C, one event for each attempt: what a compiler makes of the workload with a binary heap.
 * Random numbers: xoshiro256++ (Blackman and Vigna 2021, doi:10.1145/3460772), seeded by SplitMix64;
 * normal deviates: polar method (Marsaglia and Bray 1964, doi:10.1137/1006063). */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    int64_t borrowers, agents, days;
    double day_length_s, ring_s, wrap_up_s, answer, pay, mu, sigma;
    uint64_t seed;
} call_centre;

typedef struct {
    int64_t attempts, contacts, payers;
    double talk_s, listing_s;
} tally;

typedef struct {
    uint64_t word[4];
} generator;

static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static uint64_t next_word(generator *g) {
    uint64_t *s = g->word, result = rotate(s[0] + s[3], 23) + s[0], shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

static void seed_words(generator *g, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        g->word[i] = z ^ (z >> 31);
    }
}

static double uniform(generator *g) { return (double)(next_word(g) >> 11) * 0x1.0p-53; }

static double standard_normal(generator *g) {
    double x, y, r2;
    do {
        x = 2.0 * uniform(g) - 1.0;
        y = 2.0 * uniform(g) - 1.0;
        r2 = x * x + y * y;
    } while (r2 >= 1.0 || r2 == 0.0);
    return x * sqrt(-2.0 * log(r2) / r2);
}

/* Put value in the place of the least element of a binary heap of n and restore its order. */
static void replace_first(double *heap, int64_t n, double value) {
    int64_t at = 0;
    for (int64_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* Run the workload once. Returns 0, or 1 if there is no memory. */
int simulate(const call_centre *c, tally *out) {
    int32_t *borrower = malloc(sizeof *borrower * (size_t)c->borrowers);
    double *free_at = malloc(sizeof *free_at * (size_t)c->agents);
    if (!borrower || !free_at) {
        free(borrower);
        free(free_at);
        return 1;
    }
    generator g;
    seed_words(&g, c->seed);
    for (int64_t i = 0; i < c->borrowers; i++) borrower[i] = (int32_t)i;
    *out = (tally){0};
    int64_t left = c->borrowers;
    for (int64_t day = 0; day < c->days; day++) {
        for (int64_t i = left - 1; i > 0; i--) {
            int64_t j = (int64_t)(uniform(&g) * (double)(i + 1));
            int32_t swapped = borrower[i];
            borrower[i] = borrower[j];
            borrower[j] = swapped;
        }
        for (int64_t agent = 0; agent < c->agents; agent++) free_at[agent] = 0.0;
        int64_t kept = 0, called = 0;
        while (called < left && free_at[0] < c->day_length_s) {
            double handling_s = c->ring_s;
            int paid = 0;
            if (uniform(&g) < c->answer) {
                double talk_s = exp(c->mu + c->sigma * standard_normal(&g));
                handling_s += talk_s + c->wrap_up_s;
                out->contacts++;
                out->talk_s += talk_s;
                paid = uniform(&g) < c->pay;
            }
            if (!paid) borrower[kept++] = borrower[called];
            called++;
            replace_first(free_at, c->agents, free_at[0] + handling_s);
        }
        out->attempts += called;
        out->listing_s += free_at[0];
        while (called < left) borrower[kept++] = borrower[called++];
        left = kept;
    }
    out->payers = c->borrowers - left;
    free(borrower);
    free(free_at);
    return 0;
}
