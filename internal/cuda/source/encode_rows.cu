// The selection of each row for itself: a block has a row of products h (rows, cols).

// Finds the k values of the least places in each row: all before cut, and quota of those
// equal to it; count is how many that are. After the first 12 bits of the places few values
// are in question, and after the next 10 nearly always one: a row is read twice.
KERNEL(encode_top)(const float *h, const float *b, const float *scale, const float *limit,
	float slack, float least, int magnitude, int cols, int k, unsigned *cut, unsigned *quota, int *count) {
	__shared__ unsigned hist[4096];
	__shared__ unsigned found[3];
	struct encode_rule r = {b, scale, limit, slack, least, magnitude};
	struct encode_search s = {0, (unsigned)k, 0, 0, 0};
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned total = 0;
	for (int top = 32, bits = 12; !s.done; top -= bits, bits = 10) {
		encode_clear(hist, bits);
		__syncthreads();
		encode_tally(hist, &r, row, cols, s.prefix, top, bits);
		__syncthreads();
		total = encode_choose(hist, bits, s.want, found);
		if (top == 32 && total <= (unsigned)k)
			encode_take_all(&s);
		else
			encode_narrow(&s, found, top, bits);
	}
	if (threadIdx.x == 0) {
		cut[blockIdx.x] = s.cut;
		quota[blockIdx.x] = s.quota;
		count[blockIdx.x] = s.cut == ENCODE_OUT ? (int)total : k;
	}
}

// Counts what the rule leaves of a row.
KERNEL(encode_count)(const float *h, const float *b, const float *scale, const float *limit,
	float slack, float least, int magnitude, int cols, int *count) {
	struct encode_rule r = {b, scale, limit, slack, least, magnitude};
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned own = 0, total;
#pragma unroll 4
	for (int j = threadIdx.x; j < cols; j += 256)
		own += encode_place(&r, encode_value(&r, row[j], j), j) != ENCODE_OUT;
	encode_before(own, &total);
	if (threadIdx.x == 0)
		count[blockIdx.x] = (int)total;
}

// Writes each row's entries, in ascending order, from ptr on: those whose places are before
// its cut, and the first quota of those equal to it. Without cuts that is what the rule
// leaves. A warp looks at 8 · 32 neighbours at a time.
KERNEL(encode_fill)(const float *h, const float *b, const float *scale, const float *limit,
	float slack, float least, int magnitude, int cols, const unsigned *cuts, const unsigned *quotas,
	const int *ptr, int *idx, float *val) {
	__shared__ unsigned sums[2][8]; // of each warp: those before the cut, and in the upper half those equal to it
	struct encode_rule r = {b, scale, limit, slack, least, magnitude};
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned cut = cuts ? cuts[blockIdx.x] : ENCODE_OUT, quota = cuts ? quotas[blockIdx.x] : 0;
	unsigned at = ptr[blockIdx.x], seen = 0; // entries before the cut, and equal to it
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, turn = 0;
	for (int from = 0; from < cols; from += 8 * 256) {
		int first = from + warp * 256 + lane;
		float v[8];
		unsigned before[8], same[8], sum = 0;
#pragma unroll
		for (int u = 0; u < 8; u++)
			v[u] = first + u * 32 < cols ? row[first + u * 32] : 0;
#pragma unroll
		for (int u = 0; u < 8; u++) {
			int j = first + u * 32;
			unsigned p = ENCODE_OUT;
			if (j < cols) {
				v[u] = encode_value(&r, v[u], j);
				p = encode_place(&r, v[u], j);
			}
			before[u] = __ballot_sync(ALL, p < cut);
			same[u] = quota ? __ballot_sync(ALL, p == cut) : 0;
			sum += __popc(before[u]) + (__popc(same[u]) << 16);
		}
		if (lane == 0)
			sums[turn][warp] = sum;
		__syncthreads();
		unsigned others = 0, all = 0;
		for (int w = 0; w < 8; w++) {
			others += w < warp ? sums[turn][w] : 0;
			all += sums[turn][w];
		}
		unsigned n = at + (others & 0xffff), e = seen + (others >> 16), lower = (1u << lane) - 1;
#pragma unroll
		for (int u = 0; u < 8; u++) {
			unsigned equal = e + __popc(same[u] & lower);
			if (before[u] >> lane & 1 || (same[u] >> lane & 1 && equal < quota)) {
				unsigned q = n + __popc(before[u] & lower) + (equal < quota ? equal : quota);
				idx[q] = first + u * 32;
				val[q] = v[u];
			}
			n += __popc(before[u]);
			e += __popc(same[u]);
		}
		at += all & 0xffff;
		seen += all >> 16;
		turn = 1 - turn;
	}
}
