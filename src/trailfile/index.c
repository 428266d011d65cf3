#include "trailfile/index.h"

#include <string.h>

#include "base/alloc.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct masks {
    uint64_t quotes, brackets, escapes;
    bool high; /* a byte beyond ASCII */
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

/* How one kind of machine does it. `list` may write INDEX_LIST_MORE entries past what it returns. */
struct ways {
    uint64_t (*prefix_xor)(uint64_t bits);
    uint32_t *(*list)(uint32_t *to, uint32_t at, uint64_t quotes);
};

/* The next block, block `number`; `to`: the end of the list. */
static inline uint32_t *store_block(struct trail_index *index, size_t number, const struct masks *m,
                                    uint32_t *to, struct ways ways)
{
    struct index_block *block = index_block(index, number);
    uint64_t quotes = m->quotes, inside;

    if ((m->escapes | index->carry) != 0) {
        quotes &= ~escaped_bits(m->escapes, &index->carry);
        index->last_escape = m->escapes != 0 ? number + 1 : index->last_escape;
    }
    index->last_high = m->high ? number + 1 : index->last_high;
    inside = ways.prefix_xor(quotes) ^ index->in_string;
    index->in_string = 0 - (inside >> 63);
    block->quotes = quotes;
    block->brackets = m->brackets & ~inside;
    block->escapes = m->escapes;
    block->before = (uint64_t)(to - index->list);
    return ways.list(to, (uint32_t)(number * INDEX_BLOCK), quotes);
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

static inline uint32_t *list_plain(uint32_t *to, uint32_t at, uint64_t quotes)
{
    for (; quotes != 0; quotes &= quotes - 1) {
        *to++ = at + (unsigned)__builtin_ctzll(quotes);
    }
    return to;
}

#define WAYS_PLAIN ((struct ways){ prefix_xor_plain, list_plain })

#if defined(__x86_64__)

/* '[' and '{', ']' and '}' differ in one bit. */
__attribute__((target("avx2,pclmul"))) static inline uint64_t prefix_xor_clmul(uint64_t x)
{
    __m128i all = _mm_set1_epi8((char)0xFF);

    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)x), all, 0));
}

/* Eight at a time, needed or not: a loop over the bits would leave at another place in each block. */
__attribute__((target("avx2,bmi,popcnt"))) static inline uint32_t *list_eights(uint32_t *to,
                                                                               uint32_t at,
                                                                               uint64_t quotes)
{
    uint32_t *end = to + __builtin_popcountll(quotes);

    do {
        for (unsigned i = 0; i < 8; i++) {
            to[i] = at + (uint32_t)_tzcnt_u64(quotes);
            quotes = _blsr_u64(quotes);
        }
        to += 8;
    } while (quotes != 0);
    return end;
}

__attribute__((target("avx512bw,popcnt"))) static inline uint32_t *list_sixteens(uint32_t *to,
                                                                                 uint32_t at,
                                                                                 uint64_t quotes)
{
    const __m512i order = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);

    for (unsigned i = 0; i < 4; i++, quotes >>= 16) {
        __m512i place = _mm512_add_epi32(order, _mm512_set1_epi32((int)(at + i * 16)));
        __mmask16 some = (__mmask16)quotes;
        _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(some, place));
        to += __builtin_popcount(some);
    }
    return to;
}

#define WAYS_AVX2 ((struct ways){ prefix_xor_clmul, list_eights })
#define WAYS_AVX512 ((struct ways){ prefix_xor_clmul, list_sixteens })

#define AVX2_MASK(lo, hi, c)                                                                       \
    ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(lo, _mm256_set1_epi8(c))) |        \
     (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hi, _mm256_set1_epi8(c))) << 32)

__attribute__((target("avx2,bmi,popcnt,pclmul"))) static uint32_t *blocks_avx2(
    struct trail_index *index, size_t from, size_t to, uint32_t *list)
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
            .high = _mm256_movemask_epi8(_mm256_or_si256(lo, hi)) != 0,
        };
        list = store_block(index, i, &m, list, WAYS_AVX2);
    }
    return list;
}

#define AVX512_MASK(bytes, c) _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c))

__attribute__((target("avx512bw,bmi,popcnt,pclmul"))) static uint32_t *blocks_avx512(
    struct trail_index *index, size_t from, size_t to, uint32_t *list)
{
    const __m512i fold = _mm512_set1_epi8(0x20);

    for (size_t i = from; i < to; i++) {
        __m512i bytes = _mm512_loadu_si512(index->text + i * INDEX_BLOCK);
        __m512i folded = _mm512_or_si512(bytes, fold);
        struct masks m = {
            .quotes = AVX512_MASK(bytes, '"'),
            .brackets = AVX512_MASK(folded, '{') | AVX512_MASK(folded, '}'),
            .escapes = AVX512_MASK(bytes, '\\'),
            .high = _mm512_movepi8_mask(bytes) != 0,
        };
        list = store_block(index, i, &m, list, WAYS_AVX512);
    }
    return list;
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

static uint32_t *blocks_plain(struct trail_index *index, size_t from, size_t to, uint32_t *list)
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
        m.high = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(part[0], part[1]),
                                                _mm_or_si128(part[2], part[3]))) != 0;
        list = store_block(index, i, &m, list, WAYS_PLAIN);
    }
    return list;
}

static uint32_t *make_blocks(struct trail_index *index, size_t from, size_t to)
{
    bool bits = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("popcnt");

    if (bits && __builtin_cpu_supports("avx512bw")) {
        return blocks_avx512(index, from, to, index->list);
    }
    if (bits && __builtin_cpu_supports("avx2")) {
        return blocks_avx2(index, from, to, index->list);
    }
    return blocks_plain(index, from, to, index->list);
}

#else /* any other machine */

static uint32_t *make_blocks(struct trail_index *index, size_t from, size_t to)
{
    uint32_t *list = index->list;

    for (size_t i = from; i < to; i++) {
        const char *at = index->text + i * INDEX_BLOCK;
        struct masks m = { 0, 0, 0, false };
        for (unsigned j = 0; j < INDEX_BLOCK; j++) {
            char c = at[j], folded = (char)(c | 0x20);
            m.quotes |= (uint64_t)(c == '"') << j;
            m.brackets |= (uint64_t)(folded == '{' || folded == '}') << j;
            m.escapes |= (uint64_t)(c == '\\') << j;
            m.high = m.high || (c & 0x80) != 0;
        }
        list = store_block(index, i, &m, list, WAYS_PLAIN);
    }
    return list;
}

#endif

void index_init(struct trail_index *index)
{
    *index = (struct trail_index){ .text = "" };
}

enum { LIST_ROOM = INDEX_STEP * INDEX_BLOCK + INDEX_LIST_MORE };

void index_done(struct trail_index *index)
{
    alloc_free(&heap, index->blocks, index->blocks_room * sizeof(*index->blocks));
    alloc_free(&heap, index->list, LIST_ROOM * sizeof(*index->list));
    index_init(index);
}

enum rc index_start(struct trail_index *index, const char *text, size_t len)
{
    size_t need = len / INDEX_BLOCK + 1;

    if (len >= INDEX_NO_QUOTE) {
        return RC_LIMIT;
    }
    if (index->list == NULL) {
        index->list = alloc_array(&heap, LIST_ROOM, sizeof(*index->list));
        if (index->list == NULL) {
            return RC_NOMEM;
        }
    }
    if (need > index->blocks_room) {
        struct index_block *blocks = heap.resize(
            &heap, index->blocks, index->blocks_room * sizeof(*blocks), need * sizeof(*blocks));
        if (blocks == NULL) {
            return RC_NOMEM;
        }
        index->blocks = blocks;
        index->blocks_room = need;
    }
    index->text = text;
    index->len = len;
    index_restart(index, 0);
    return RC_OK;
}

/* What is made from here on is listed. */
static void start_list(struct trail_index *index)
{
    index->list_first = index->done;
}

static void end_list(struct trail_index *index, uint32_t *end)
{
    while (end > index->list && end[-1] >= index->len) {
        end--;
    }
    for (unsigned i = 0; i < INDEX_LIST_MORE / 2; i++) {
        end[i] = INDEX_NO_QUOTE;
    }
    index->list_end = end;
}

void index_restart(struct trail_index *index, size_t at)
{
    index->first = at;
    index->done = index->kept = at / INDEX_BLOCK;
    index->in_string = 0;
    index->carry = 0;
    index->last_escape = index->last_high = 0;
    start_list(index);
    end_list(index, index->list);
}

/* What stands before the first byte or behind the last one is none of ours. */
static void cut_ends(struct trail_index *index, size_t from, size_t to)
{
    size_t last = index->len / INDEX_BLOCK;

    if (last >= from && last < to) {
        uint64_t keep = ((uint64_t)1 << (index->len % INDEX_BLOCK)) - 1;
        struct index_block *block = index_block(index, last);
        block->quotes &= keep;
        block->brackets &= keep;
        block->escapes &= keep;
    }
}

/* The block indexing begins in, byte by byte: what stands before `first` does not count. */
static void first_block(struct trail_index *index)
{
    size_t block = index->first / INDEX_BLOCK;
    struct masks m = { 0, 0, 0, false };

    for (size_t at = index->first; at < (block + 1) * INDEX_BLOCK && at < index->len; at++) {
        char c = index->text[at], folded = (char)(c | 0x20);
        unsigned bit = (unsigned)(at % INDEX_BLOCK);
        m.quotes |= (uint64_t)(c == '"') << bit;
        m.brackets |= (uint64_t)(folded == '{' || folded == '}') << bit;
        m.escapes |= (uint64_t)(c == '\\') << bit;
        m.high = m.high || (c & 0x80) != 0;
    }
    end_list(index, store_block(index, block, &m, index->list, WAYS_PLAIN));
    index->done = block + 1;
}

bool index_more(struct trail_index *index)
{
    size_t end = index->len / INDEX_BLOCK + 1, from = index->done, to;

    if (from >= end) {
        return false;
    }
    start_list(index);
    if (from == index->first / INDEX_BLOCK) {
        first_block(index);
        return true;
    }
    to = end - from < INDEX_STEP ? end : from + INDEX_STEP;
    end_list(index, make_blocks(index, from, to));
    cut_ends(index, from, to);
    index->done = to;
    return true;
}

void index_forget(struct trail_index *index, size_t at)
{
    size_t block = at / INDEX_BLOCK;

    if (block <= index->done && block >= index->kept + 2 * INDEX_STEP) {
        memmove(index->blocks, index_block(index, block),
                (index->done - block) * sizeof(*index->blocks));
        index->kept = block;
    }
}

const uint32_t *index_list_at(const struct trail_index *index, size_t at)
{
    size_t number = at / INDEX_BLOCK;
    const struct index_block *block;
    uint64_t below;

    if (number < index->list_first) {
        return NULL;
    }
    if (number >= index->done) {
        return index->list_end;
    }
    block = index_block(index, number);
    below = block->quotes & (((uint64_t)1 << (at % INDEX_BLOCK)) - 1);
    return index->list + block->before + __builtin_popcountll(below);
}
