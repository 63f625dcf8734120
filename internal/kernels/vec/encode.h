// The encoder's product, whose results are looked at while they are in registers: only
// those that can be active are written. See encode.go.

#define COLS (2 * LANES) // latents of a panel

// Lays out w (n, d) as panels of COLS latents, each (d, COLS); the last is filled up
// with zeros.
static void NAME(pack)(float *restrict panels, const float *w, int64_t n, int64_t d) {
	for (int64_t j = 0; j < n; j += COLS) {
		float *to = panels + j * d;
		int64_t here = n - j < COLS ? n - j : COLS;
		for (int64_t k = 0; k < d; k++, to += COLS) {
			for (int64_t t = 0; t < here; t++) to[t] = w[(j + t) * d + k];
			for (int64_t t = here; t < COLS; t++) to[t] = 0;
		}
	}
}

// Lays out x (n, d) as panels of ROWS rows, each (d, ROWS), in the same way.
static void NAME(pack_rows)(float *restrict panels, const float *x, int64_t n, int64_t d) {
	for (int64_t i = 0; i < n; i += ROWS) {
		float *to = panels + i * d;
		int64_t here = n - i < ROWS ? n - i : ROWS;
		for (int64_t r = 0; r < here; r++)
			for (int64_t k = 0; k < d; k++) to[k * ROWS + r] = x[(i + r) * d + k];
		for (int64_t r = here; r < ROWS; r++)
			for (int64_t k = 0; k < d; k++) to[k * ROWS + r] = 0;
	}
}

// h (ROWS, COLS) = a panel of rows · a panel of latents.
static inline void NAME(block)(V h[ROWS][2], const float *restrict a, const float *restrict w, int64_t d) {
	V s[ROWS][2] = {};
	for (int64_t k = 0; k < d; k++, a += ROWS, w += COLS) {
		V w0 = LOAD(w), w1 = LOAD(w + LANES);
		AHEAD(w + 8 * COLS);
#pragma GCC unroll 16
		for (int r = 0; r < ROWS; r++) {
			V x = a[r] - (V){};
			s[r][0] += x * w0;
			s[r][1] += x * w1;
		}
	}
#pragma GCC unroll 16
	for (int r = 0; r < ROWS; r++) h[r][0] = s[r][0], h[r][1] = s[r][1];
}

// Fetches part i of n of the next panel of latents, while a block of this one is
// computed: it comes from beyond the cache of the second level, once for each tile.
static inline void NAME(fetch)(const float *panel, int64_t d, int64_t i, int64_t n) {
	int64_t share = (COLS * d + n - 1) / n, end = (i + 1) * share < COLS * d ? (i + 1) * share : COLS * d;
	for (int64_t k = i * share; k < end; k += 16) __builtin_prefetch(panel + k, 0, 2);
}

// Encodes n rows; see Encode in the Go file. Returns where it stopped: the first latent
// that was not looked at.
static int64_t NAME(encode)(const float *x, int64_t n, int64_t d, const float *panels, int64_t latents, int64_t from,
	const float *b, const float *scale, const float *limit, int magnitude, const float *floors,
	float *rows, int32_t *count, int32_t *idx, float *val, int64_t room) {
	if (from == 0) NAME(pack_rows)(rows, x, n, d);
	for (int64_t j = from; j < latents; j += COLS) {
		float bias[COLS] = {}, factor[COLS], least[COLS];
		int64_t here = latents - j < COLS ? latents - j : COLS;
		for (int64_t t = 0; t < here; t++) {
			if (b) bias[t] = b[j + t];
			factor[t] = scale ? scale[j + t] : 1;
			least[t] = limit ? limit[j + t] : 0;
		}
		for (int64_t t = here; t < COLS; t++) factor[t] = 0, least[t] = 0;
		uint32_t valid = here == 32 ? ~(uint32_t)0 : ((uint32_t)1 << here) - 1;
		int32_t most = 0;
		for (int64_t i = 0; i < n; i += ROWS) {
			V h[ROWS][2];
			if (j + COLS < latents) NAME(fetch)(panels + (j + COLS) * d, d, i / ROWS, (n + ROWS - 1) / ROWS);
			NAME(block)(h, rows + i * d, panels + j * d, d);
			// All comparisons first: a branch taken wrongly waits for the product.
			int64_t height = n - i < ROWS ? n - i : ROWS;
			float v[ROWS][COLS];
			uint32_t bits[ROWS], any = 0;
			for (int r = 0; r < height; r++) {
				V floor = floors[i + r] - (V){};
				bits[r] = 0;
				for (int p = 0; p < 2; p++) {
					V s = (h[r][p] + LOAD(bias + p * LANES)) * LOAD(factor + p * LANES);
					STORE(v[r] + p * LANES, s);
					if (magnitude) s = NAME(size)(s);
					uint32_t these = NAME(beyond)(s, floor);
					if (limit) these &= NAME(beyond)(s, LOAD(least + p * LANES));
					bits[r] |= these << (p * LANES);
				}
				any |= bits[r] &= valid;
			}
			if (!any) continue;
			for (int r = 0; r < height; r++) {
				int32_t m = count[i + r];
				int32_t *to = idx + (i + r) * room;
				float *values = val + (i + r) * room;
				for (uint32_t left = bits[r]; left; left &= left - 1) {
					int t = __builtin_ctz(left);
					to[m] = (int32_t)(j + t), values[m++] = v[r][t];
				}
				count[i + r] = m;
				if (m > most) most = m;
			}
		}
		if (most + COLS > room) return j + COLS;
	}
	return latents;
}
