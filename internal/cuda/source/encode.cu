// From products to codes: what the selections of encode_*.cu share. They give what
// internal/kernels/rule_row.go, kth.go and batch.go give for equal products.
//
// All values of a kind are compared as unsigned integers, their places: the largest value
// has the least place, NaN before everything, and what a rule leaves out the last.

#define ENCODE_OUT 0xffffffffu
#define ENCODE_MOST 0x7fffffffu // where counts stop: no matrix has more entries

// A rule and what lies before it: (h + b)·scale. b, scale and limit (cols) may be 0.
struct encode_rule {
	const float *b, *scale, *limit;
	float slack, least;
	int magnitude;
};

DEVICE float encode_value(const struct encode_rule *r, float h, int j) {
	if (r->b) h += r->b[j];
	if (r->scale) h *= r->scale[j];
	return h;
}

// The place of column j's value v. The bits of floats, as signed magnitudes, have the
// order of their values, and -0 comes behind 0.
DEVICE unsigned encode_place(const struct encode_rule *r, float v, int j) {
	float c = r->magnitude ? fabsf(v) : v;
	if (c <= r->least || (r->limit && c <= r->limit[j] + r->slack)) return ENCODE_OUT;
	if (c != c) return 0;
	unsigned u = __float_as_uint(c);
	return u & 0x80000000u ? u : ~u & 0x7fffffffu;
}

DEVICE unsigned encode_add(unsigned a, unsigned b) {
	return a + b < ENCODE_MOST ? a + b : ENCODE_MOST; // each is at most that
}

// The sum of v over the block's threads before this one, and over all.
DEVICE unsigned encode_before(unsigned v, unsigned *total) {
	__shared__ unsigned warps[8];
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
	for (int d = 1; d < 32; d *= 2) {
		unsigned other = __shfl_up_sync(ALL, v, d);
		if (lane >= d)
			v = encode_add(v, other);
	}
	if (lane == 31)
		warps[warp] = v;
	unsigned before = __shfl_up_sync(ALL, v, 1);
	if (lane == 0)
		before = 0;
	__syncthreads();
	unsigned all = 0;
	for (int w = 0; w < 8; w++) {
		if (w == warp)
			before = encode_add(before, all);
		all = encode_add(all, warps[w]);
	}
	__syncthreads(); // warps is free again
	*total = all;
	return before;
}

// Where a histogram of 1<<bits digits has the count of one: in encode_choose thread t sums
// those of as many digits as there are per thread, which must not lie side by side.
DEVICE unsigned encode_bin(unsigned digit, int bits) {
	int each = bits - 8;
	return (digit & ((1u << each) - 1)) << 8 | digit >> each;
}

DEVICE void encode_clear(unsigned *hist, int bits) {
	for (int i = threadIdx.x; i < 1 << bits; i += 256)
		hist[i] = 0;
}

// Counts the next digit of a place whose bits from top on are prefix.
DEVICE void encode_tally_one(unsigned *hist, unsigned place, unsigned prefix, int top, int bits) {
	if (place != ENCODE_OUT && (unsigned)((unsigned long long)place >> top) == prefix)
		atomicAdd(&hist[encode_bin(place >> (top - bits) & ((1u << bits) - 1), bits)], 1u);
}

// The same for a row of products.
DEVICE void encode_tally(unsigned *hist, const struct encode_rule *r, const float *h, int cols,
	unsigned prefix, int top, int bits) {
	for (int from = threadIdx.x; from < cols; from += 4 * 256) {
		float v[4];
#pragma unroll
		for (int u = 0; u < 4; u++) // all loads before all counts
			v[u] = from + u * 256 < cols ? h[from + u * 256] : 0;
#pragma unroll
		for (int u = 0; u < 4; u++) {
			int j = from + u * 256;
			if (j < cols)
				encode_tally_one(hist, encode_place(r, encode_value(r, v[u], j), j), prefix, top, bits);
		}
	}
}

// Finds the digit at which the counts reach want: found has it, the counts before it, and
// its own. Returns the sum of all, which is less than want where there is no such digit.
DEVICE unsigned encode_choose(const unsigned *hist, int bits, unsigned want, unsigned *found) {
	int each = 1 << (bits - 8);
	unsigned sum = 0, total;
	for (int i = 0; i < each; i++)
		sum = encode_add(sum, hist[i * 256 + threadIdx.x]);
	unsigned before = encode_before(sum, &total);
	if (before < want && want <= encode_add(before, sum)) {
		int i = 0;
		for (; before + hist[i * 256 + threadIdx.x] < want; i++)
			before += hist[i * 256 + threadIdx.x];
		found[0] = threadIdx.x * each + i;
		found[1] = before;
		found[2] = hist[i * 256 + threadIdx.x];
	}
	__syncthreads();
	return total;
}

// What a search for the want smallest places knows.
struct encode_search {
	unsigned prefix, want; // all before the prefix are taken, and want of those that have it
	unsigned cut, quota;   // at the end: all before cut are taken, and quota of those equal to it
	int done;
	unsigned listed, many; // see encode_batch.cu
};

// Adds the digit that encode_choose found, of so many bits below top.
DEVICE void encode_narrow(struct encode_search *s, const unsigned *found, int top, int bits) {
	int shift = top - bits;
	s->prefix = s->prefix << bits | found[0];
	s->want -= found[1];
	if (s->want == found[2]) { // all that have the prefix
		s->cut = (s->prefix + 1) << shift;
		s->quota = 0;
		s->done = 1;
	} else if (shift == 0) {
		s->cut = s->prefix;
		s->quota = s->want;
		s->done = 1;
	}
}

DEVICE void encode_take_all(struct encode_search *s) {
	s->cut = ENCODE_OUT;
	s->quota = 0;
	s->done = 1;
}

// Clears hist, counts the next digit of a row's places, and adds it to the search. Returns
// how many places are before its end, which are all where there are no more than want.
DEVICE unsigned encode_digit(struct encode_search *s, unsigned *hist, unsigned *found, const struct encode_rule *r,
	const float *h, int cols, int top, int bits) {
	unsigned want = s->want, total;
	encode_clear(hist, bits);
	__syncthreads();
	encode_tally(hist, r, h, cols, s->prefix, top, bits);
	__syncthreads();
	total = encode_choose(hist, bits, want, found);
	if (total <= want && top == 32) {
		encode_take_all(s);
		return total;
	}
	encode_narrow(s, found, top, bits);
	return found[1] + found[2];
}

// ptr (n + 1) is the sums of the counts before each row. One block.
KERNEL(encode_ptr)(int *ptr, const int *count, int n) {
	unsigned sum = 0, total;
	if (threadIdx.x == 0)
		ptr[0] = 0;
	for (int from = 0; from < n; from += 4 * 256) {
		int first = from + threadIdx.x * 4;
		unsigned own = 0, upto[4];
#pragma unroll
		for (int u = 0; u < 4; u++)
			upto[u] = own = encode_add(own, first + u < n ? count[first + u] : 0);
		unsigned before = encode_add(sum, encode_before(own, &total));
#pragma unroll
		for (int u = 0; u < 4; u++)
			if (first + u < n)
				ptr[first + u + 1] = encode_add(before, upto[u]);
		sum = encode_add(sum, total);
	}
}
