// The selection of each row for itself: a block has a row of products h (rows, cols).

// Writes a row's entries, in ascending order: those whose places are before cut, and the
// first quota of those equal to it, but no more than there is room for. Their columns are
// names', which may be 0. Returns how many there are. A warp looks at 8 · 32 neighbours at
// a time.
DEVICE unsigned encode_write(const struct encode_rule *r, const float *row, int cols, unsigned cut, unsigned quota,
	const int *names, int *idx, float *val, unsigned room) {
	__shared__ unsigned sums[2][8]; // of each warp: those before the cut, and in the upper half those equal to it
	unsigned at = 0, seen = 0;      // entries before the cut, and equal to it
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
				v[u] = encode_value(r, v[u], j);
				p = encode_place(r, v[u], j);
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
				if (q < room) {
					idx[q] = names ? names[first + u * 32] : first + u * 32;
					val[q] = v[u];
				}
			}
			n += __popc(before[u]);
			e += __popc(same[u]);
		}
		at += all & 0xffff;
		seen += all >> 16;
		turn = 1 - turn;
	}
	__syncthreads(); // what was written may be read, and sums is free again
	return at + quota; // which are there
}

// How many values of a row are candidates at most.
#define ENCODE_ROOM 1024

// In the place of a row's quota: its entries are in kept already.
#define ENCODE_KEPT 0xffffffffu

// Finds the k values of the least places in each row: all before cut, and quota of those
// equal to it. Count is how many that are, and last about the last one's value, or 0 where
// that is not positive.
//
// What is above the floor, or else has the first 12 bits of those places or less, is nearly
// always little: it is put aside, and what is chosen of it is kept (rows, k). So a row is
// read once where the floor is good, else twice or three times. kept_idx is 0 for neither
// floor nor kept; then the search goes on in the row.
KERNEL(encode_top)(const float *h, const float *b, const float *scale, const float *limit,
	float slack, float least, int magnitude, int cols, int k, const float *floor, int *kept_idx, float *kept_val,
	unsigned *cut, unsigned *quota, int *count, float *last) {
	__shared__ unsigned hist[4096];
	__shared__ unsigned found[3];
	__shared__ int columns[ENCODE_ROOM];
	__shared__ float values[ENCODE_ROOM];
	struct encode_rule r = {b, scale, limit, slack, least, magnitude};
	struct encode_rule any = {0, 0, 0, 0, __uint_as_float(0x7fc00000u), magnitude};
	struct encode_search s = {0, (unsigned)k, 0, 0, 0, 0, 0}, afresh = s;
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned n = ENCODE_OUT, total = 0; // values put aside, and entries
	int top = 32, bits = 12;
	if (kept_idx && *floor > 0) {
		n = encode_write(&r, row, cols, encode_place(&any, *floor, 0), 0, 0, columns, values, ENCODE_ROOM);
		if (n < (unsigned)k)
			n = ENCODE_OUT;
	}
	if (n > ENCODE_ROOM) {
		total = encode_digit(&s, hist, found, &r, row, cols, top, bits);
		top = 20, bits = 10;
		if (kept_idx && total <= ENCODE_ROOM)
			n = encode_write(&r, row, cols, s.cut == ENCODE_OUT ? s.cut : (s.prefix + 1) << 20, 0, 0, columns, values, ENCODE_ROOM);
	}
	int kept = n <= ENCODE_ROOM;
	if (kept) {
		s = afresh, top = 32, bits = 12;
		row = values, cols = n, r = any;
	}
	for (; !s.done; top -= bits, bits = 10)
		encode_digit(&s, hist, found, &r, row, cols, top, bits);
	wide to = (wide)blockIdx.x * k;
	if (kept)
		total = encode_write(&any, values, n, s.cut, s.quota, columns, kept_idx + to, kept_val + to, k);
	else if (s.cut != ENCODE_OUT)
		total = k;
	if (threadIdx.x == 0) {
		cut[blockIdx.x] = s.cut;
		quota[blockIdx.x] = kept ? ENCODE_KEPT : s.quota;
		count[blockIdx.x] = (int)total;
		last[blockIdx.x] = s.cut < 0x80000000u ? __uint_as_float(0x7fffffffu - s.cut) : 0;
	}
}

// The floor of the rows to come: somewhat less than the mean of the last values of these.
// One block.
KERNEL(encode_floor)(float *floor, const float *last, int rows) {
	double sum = 0;
	for (int i = threadIdx.x; i < rows; i += 256)
		sum += last[i];
	sum = block_sum(sum);
	if (threadIdx.x == 0)
		*floor = (float)(0.8 * sum / rows);
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

// Writes each row's entries from ptr on: those kept (rows, k) or those before its cut, and
// as many of those equal to it as its quota. Without cuts that is what the rule leaves.
KERNEL(encode_fill)(const float *h, const float *b, const float *scale, const float *limit,
	float slack, float least, int magnitude, int cols, const unsigned *cuts, const unsigned *quotas,
	int k, const int *kept_idx, const float *kept_val, const int *ptr, int *idx, float *val) {
	struct encode_rule r = {b, scale, limit, slack, least, magnitude};
	unsigned cut = cuts ? cuts[blockIdx.x] : ENCODE_OUT, quota = cuts ? quotas[blockIdx.x] : 0;
	int at = ptr[blockIdx.x], n = ptr[blockIdx.x + 1] - at;
	wide from = (wide)blockIdx.x * k;
	if (quota != ENCODE_KEPT) {
		encode_write(&r, h + (wide)blockIdx.x * cols, cols, cut, quota, 0, idx + at, val + at, n);
		return;
	}
	for (int q = threadIdx.x; q < n; q += 256) {
		idx[at + q] = kept_idx[from + q];
		val[at + q] = kept_val[from + q];
	}
}
