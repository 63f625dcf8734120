// The selection of the k largest positive values of a whole batch: a search for their
// places digit by digit, whose state stays on the device.

// Counts the next digits of the places in h (rows, cols), for all blocks in hist
// (1<<bits).
KERNEL(encode_batch_tally)(const float *h, const float *b, const float *scale, int rows, int cols,
	int top, int bits, const struct encode_search *s, unsigned *hist) {
	__shared__ unsigned own[4096];
	struct encode_rule r = {b, scale, 0, 0, 0, 0};
	if (s->done)
		return;
	encode_clear(own, bits);
	__syncthreads();
	for (int i = blockIdx.x; i < rows; i += gridDim.x)
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
