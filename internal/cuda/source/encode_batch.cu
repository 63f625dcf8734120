// The selection of the k largest positive values of a whole batch: a search for their
// places digit by digit, whose state stays on the device.
//
// The products are read for the first digit, and again to list the places that have it. The
// other digits come from that list. Where it is too short for them, which takes many equal
// or nearly equal values, they come from the products.

#define ENCODE_LIST 1024 // of a row's places

struct encode_place_of {
	unsigned place;
	int row;
};

// How many are listed; -1 where that are not all.
DEVICE int encode_listed(const struct encode_search *s, int room) {
	return s->many || s->listed > (unsigned)room ? -1 : (int)s->listed;
}

// Counts the next digits of the places in h (rows, cols), for all blocks in hist
// (1<<bits). List is 0 for the first digit.
KERNEL(encode_batch_tally)(const float *h, const float *b, const float *scale, int rows, int cols,
	int top, int bits, const struct encode_search *s, const struct encode_place_of *list, int room, unsigned *hist) {
	__shared__ unsigned own[4096];
	struct encode_rule r = {b, scale, 0, 0, 0, 0};
	if (s->done)
		return;
	encode_clear(own, bits);
	__syncthreads();
	int n = list ? encode_listed(s, room) : -1;
	for (wide q = (wide)blockIdx.x * 256 + threadIdx.x; q < n; q += (wide)gridDim.x * 256)
		encode_tally_one(own, list[q].place, s->prefix, top, bits);
	for (int i = blockIdx.x; n < 0 && i < rows; i += gridDim.x)
		encode_tally(own, &r, h + (wide)i * cols, cols, s->prefix, top, bits);
	__syncthreads();
	for (int i = threadIdx.x; i < 1 << bits; i += 256)
		if (own[i])
			atomicAdd(&hist[i], own[i]);
}

// Adds a digit to the search, which starts with the first 12 bits, and clears hist for the
// next. One block.
KERNEL(encode_batch_choose)(struct encode_search *s, unsigned *hist, int top, int bits, int k) {
	__shared__ unsigned found[3];
	if (s->done)
		return;
	struct encode_search now = *s;
	if (top == 32) {
		now.prefix = 0;
		now.want = k;
	}
	unsigned total = encode_choose(hist, bits, now.want, found);
	if (top == 32 && total <= now.want)
		encode_take_all(&now);
	else
		encode_narrow(&now, found, top, bits);
	encode_clear(hist, bits); // all have read it, and s
	if (threadIdx.x == 0)
		*s = now;
}

// Lists a row's places that have the first digit, and counts those before it; or, where the
// search is done, those before the cut. A block has a row.
KERNEL(encode_batch_list)(const float *h, const float *b, const float *scale, int cols,
	struct encode_search *s, struct encode_place_of *list, int room, int *count) {
	__shared__ unsigned own[ENCODE_LIST];
	__shared__ unsigned n, at;
	struct encode_rule r = {b, scale, 0, 0, 0, 0};
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned from = s->done ? s->cut : s->prefix << 20, size = s->done ? 0 : 1u << 20, before = 0, total;
	if (threadIdx.x == 0)
		n = 0;
	__syncthreads();
#pragma unroll 4
	for (int j = threadIdx.x; j < cols; j += 256) {
		unsigned p = encode_place(&r, encode_value(&r, row[j], j), j);
		before += p < from;
		if (p - from < size) {
			unsigned i = atomicAdd(&n, 1u);
			if (i < ENCODE_LIST)
				own[i] = p;
		}
	}
	encode_before(before, &total);
	if (threadIdx.x == 0) {
		count[blockIdx.x] = (int)total;
		if (n > ENCODE_LIST)
			atomicOr(&s->many, 1u);
		else if (n > 0)
			at = atomicAdd(&s->listed, n);
	}
	__syncthreads();
	for (int i = threadIdx.x; i < n && n <= ENCODE_LIST && at + i < room; i += 256) {
		list[at + i].place = own[i];
		list[at + i].row = blockIdx.x;
	}
}

// Makes count each row's places before the cut, and same, which starts as zeros, those
// equal to it. A block has a row, or a part of the list.
KERNEL(encode_batch_count)(const float *h, const float *b, const float *scale, int cols,
	const struct encode_search *s, const struct encode_place_of *list, int room, int *count, int *same) {
	struct encode_rule r = {b, scale, 0, 0, 0, 0};
	unsigned cut = s->cut;
	int n = encode_listed(s, room);
	if (n >= 0) {
		for (wide q = (wide)blockIdx.x * 256 + threadIdx.x; q < n; q += (wide)gridDim.x * 256) {
			if (list[q].place < cut)
				atomicAdd(&count[list[q].row], 1);
			if (list[q].place == cut)
				atomicAdd(&same[list[q].row], 1);
		}
		return;
	}
	const float *row = h + (wide)blockIdx.x * cols;
	unsigned before = 0, equal = 0, total;
	for (int j = threadIdx.x; j < cols; j += 256) {
		unsigned p = encode_place(&r, encode_value(&r, row[j], j), j);
		before += p < cut;
		equal += p == cut;
	}
	encode_before(before, &total);
	if (threadIdx.x == 0)
		count[blockIdx.x] = (int)total;
	encode_before(equal, &total);
	if (threadIdx.x == 0)
		same[blockIdx.x] = (int)total;
}

// Gives each row its part of what the search found. Count is the row's places before the
// cut, and becomes how many it keeps; first is how many equal to it are in rows before.
KERNEL(encode_batch_share)(const struct encode_search *s, const int *same, const int *first,
	int rows, unsigned *cut, unsigned *quota, int *count) {
	int i = blockIdx.x * 256 + threadIdx.x;
	if (i >= rows)
		return;
	unsigned left = s->quota > (unsigned)first[i] ? s->quota - first[i] : 0;
	unsigned own = left < (unsigned)same[i] ? left : (unsigned)same[i];
	cut[i] = s->cut;
	quota[i] = own;
	count[i] += own;
}
