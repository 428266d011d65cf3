#include "trailfile/index.h"

#include "base/alloc.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct masks {
    uint64_t quotes, brackets, escapes;
};

/* Bits whose byte follows a backslash that escapes. Backslashes are rare: bit by bit. */
static uint64_t escaped_bits(uint64_t escapes, uint64_t *carry)
{
    uint64_t escaped = *carry, left = escapes & ~*carry;

    *carry = 0;
    while (left != 0) {
        uint64_t bit = left & (0 - left);
        uint64_t next = bit << 1;
        escaped |= next;
        left &= ~(bit | next);
        *carry = next == 0; /* the last byte of the block escapes the first of the next one */
    }
    return escaped;
}

static inline void store_block(struct trail_index *index, struct index_block *block,
                               const struct masks *m, uint64_t (*prefix_xor)(uint64_t))
{
    uint64_t quotes = m->quotes, inside;

    if ((m->escapes | index->carry) != 0) {
        quotes &= ~escaped_bits(m->escapes, &index->carry);
    }
    inside = prefix_xor(quotes) ^ index->in_string;
    index->in_string = 0 - (inside >> 63);
    block->quotes = quotes;
    block->brackets = m->brackets & ~inside;
    block->escapes = m->escapes;
}

/* Bit i of the result: an odd number of bits 0 to i is set. */
static inline uint64_t prefix_xor_plain(uint64_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    x ^= x << 16;
    return x ^ (x << 32);
}

#if defined(__x86_64__)

/* '[' and '{', ']' and '}' differ in one bit. */
__attribute__((target("avx2,pclmul"))) static inline uint64_t prefix_xor_clmul(uint64_t x)
{
    __m128i all = _mm_set1_epi8((char)0xFF);

    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)x), all, 0));
}

#define AVX2_MASK(lo, hi, c)                                                                       \
    ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(lo, _mm256_set1_epi8(c))) |        \
     (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hi, _mm256_set1_epi8(c))) << 32)

__attribute__((target("avx2,pclmul"))) static void blocks_avx2(struct trail_index *index,
                                                               size_t from, size_t to)
{
    const __m256i fold = _mm256_set1_epi8(0x20);

    for (size_t i = from; i < to; i++) {
        const char *at = index->text + i * INDEX_BLOCK;
        __m256i lo = _mm256_loadu_si256((const __m256i *)(const void *)at);
        __m256i hi = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
        __m256i low = _mm256_or_si256(lo, fold), high = _mm256_or_si256(hi, fold);
        struct masks m = {
            .quotes = AVX2_MASK(lo, hi, '"'),
            .brackets = AVX2_MASK(low, high, '{') | AVX2_MASK(low, high, '}'),
            .escapes = AVX2_MASK(lo, hi, '\\'),
        };
        store_block(index, &index->blocks[i], &m, prefix_xor_clmul);
    }
}

#define AVX512_MASK(bytes, c) _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c))

__attribute__((target("avx512bw,pclmul"))) static void blocks_avx512(struct trail_index *index,
                                                                     size_t from, size_t to)
{
    const __m512i fold = _mm512_set1_epi8(0x20);

    for (size_t i = from; i < to; i++) {
        __m512i bytes = _mm512_loadu_si512(index->text + i * INDEX_BLOCK);
        __m512i folded = _mm512_or_si512(bytes, fold);
        struct masks m = {
            .quotes = AVX512_MASK(bytes, '"'),
            .brackets = AVX512_MASK(folded, '{') | AVX512_MASK(folded, '}'),
            .escapes = AVX512_MASK(bytes, '\\'),
        };
        store_block(index, &index->blocks[i], &m, prefix_xor_clmul);
    }
}

static uint64_t sse2_mask(const __m128i part[4], char c)
{
    uint64_t mask = 0;

    for (int i = 0; i < 4; i++) {
        __m128i same = _mm_cmpeq_epi8(part[i], _mm_set1_epi8(c));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(same) << (16 * i);
    }
    return mask;
}

static void blocks_plain(struct trail_index *index, size_t from, size_t to)
{
    const __m128i fold = _mm_set1_epi8(0x20);

    for (size_t i = from; i < to; i++) {
        const char *at = index->text + i * INDEX_BLOCK;
        __m128i part[4], folded[4];
        struct masks m;
        for (int j = 0; j < 4; j++) {
            part[j] = _mm_loadu_si128((const __m128i *)(const void *)(at + j * 16));
            folded[j] = _mm_or_si128(part[j], fold);
        }
        m.quotes = sse2_mask(part, '"');
        m.brackets = sse2_mask(folded, '{') | sse2_mask(folded, '}');
        m.escapes = sse2_mask(part, '\\');
        store_block(index, &index->blocks[i], &m, prefix_xor_plain);
    }
}

static void make_blocks(struct trail_index *index, size_t from, size_t to)
{
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("pclmul")) {
        blocks_avx512(index, from, to);
    } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul")) {
        blocks_avx2(index, from, to);
    } else {
        blocks_plain(index, from, to);
    }
}

#else /* any other machine */

static void blocks_plain(struct trail_index *index, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const char *at = index->text + i * INDEX_BLOCK;
        struct masks m = { 0, 0, 0 };
        for (unsigned j = 0; j < INDEX_BLOCK; j++) {
            char c = at[j], folded = (char)(c | 0x20);
            m.quotes |= (uint64_t)(c == '"') << j;
            m.brackets |= (uint64_t)(folded == '{' || folded == '}') << j;
            m.escapes |= (uint64_t)(c == '\\') << j;
        }
        store_block(index, &index->blocks[i], &m, prefix_xor_plain);
    }
}

static void make_blocks(struct trail_index *index, size_t from, size_t to)
{
    blocks_plain(index, from, to);
}

#endif

void index_init(struct trail_index *index)
{
    *index = (struct trail_index){ .text = "" };
}

void index_done(struct trail_index *index)
{
    alloc_free(&heap, index->blocks, index->blocks_room * sizeof(*index->blocks));
    index_init(index);
}

enum rc index_start(struct trail_index *index, const char *text, size_t len)
{
    size_t need = len / INDEX_BLOCK + 1;

    if (need > index->blocks_room) {
        size_t room = need + need / 2;
        struct index_block *blocks = heap.resize(
            &heap, index->blocks, index->blocks_room * sizeof(*blocks), room * sizeof(*blocks));
        if (blocks == NULL) {
            return RC_NOMEM;
        }
        index->blocks = blocks;
        index->blocks_room = room;
    }
    index->text = text;
    index->len = len;
    index_restart(index, 0);
    return RC_OK;
}

void index_restart(struct trail_index *index, size_t at)
{
    index->first = at;
    index->done = at / INDEX_BLOCK;
    index->in_string = 0;
    index->carry = 0;
}

/* What stands before the first byte or behind the last one is none of ours. */
static void cut_ends(struct trail_index *index, size_t from, size_t to)
{
    size_t last = index->len / INDEX_BLOCK;

    if (last >= from && last < to) {
        uint64_t keep = ((uint64_t)1 << (index->len % INDEX_BLOCK)) - 1;
        index->blocks[last].quotes &= keep;
        index->blocks[last].brackets &= keep;
        index->blocks[last].escapes &= keep;
    }
}

/* The block indexing begins in, byte by byte: what stands before `first` does not count. */
static void first_block(struct trail_index *index)
{
    size_t block = index->first / INDEX_BLOCK;
    struct masks m = { 0, 0, 0 };

    for (size_t at = index->first; at < (block + 1) * INDEX_BLOCK && at < index->len; at++) {
        char c = index->text[at], folded = (char)(c | 0x20);
        unsigned bit = (unsigned)(at % INDEX_BLOCK);
        m.quotes |= (uint64_t)(c == '"') << bit;
        m.brackets |= (uint64_t)(folded == '{' || folded == '}') << bit;
        m.escapes |= (uint64_t)(c == '\\') << bit;
    }
    store_block(index, &index->blocks[block], &m, prefix_xor_plain);
    index->done = block + 1;
}

bool index_more(struct trail_index *index)
{
    size_t end = index->len / INDEX_BLOCK + 1, from = index->done, to;

    if (from >= end) {
        return false;
    }
    if (from == index->first / INDEX_BLOCK) {
        first_block(index);
        return true;
    }
    to = end - from < INDEX_STEP ? end : from + INDEX_STEP;
    make_blocks(index, from, to);
    cut_ends(index, from, to);
    index->done = to;
    return true;
}
