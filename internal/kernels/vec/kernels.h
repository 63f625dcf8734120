// The loops of the package, written once for vectors of LANES floats. A file for each
// set of instructions defines LANES, V and the few operations that C's vectors lack, and
// includes this one with its own meaning of NAME.
//
// Sums run in SUMS parts, whatever LANES is, and every product is fused with its sum
// where the processor can: so sets of instructions that fuse give the same bits.

#define SUMS 16
#define PARTS (SUMS / LANES)

typedef double NAME(D) __attribute__((vector_size(4 * LANES), aligned(8), may_alias));
typedef float NAME(H) __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
#define D NAME(D)
#define H NAME(H)

#define LOAD(p) (*(const V *)(p))
#define STORE(p, v) (*(V *)(p) = (v))
#define WIDE(p) __builtin_convertvector(*(const H *)(p), D)
#define AHEAD(p) __builtin_prefetch((p), 0, 3)

// Adds up the parts of a sum, always in the same order.
static inline float NAME(total)(const V *s) {
	float p[SUMS];
	for (int i = 0; i < PARTS; i++) STORE(p + i * LANES, s[i]);
	for (int half = SUMS / 2; half > 0; half /= 2)
		for (int i = 0; i < half; i++) p[i] += p[i + half];
	return p[0];
}

static inline double NAME(wide_total)(const D *s) {
	double p[SUMS];
	memcpy(p, s, sizeof p);
	for (int half = SUMS / 2; half > 0; half /= 2)
		for (int i = 0; i < half; i++) p[i] += p[i + half];
	return p[0];
}

// y += a·x
static inline void NAME(axpy)(float *restrict y, float a, const float *x, int64_t n) {
	int64_t c = 0;
	for (; c + LANES <= n; c += LANES) STORE(y + c, LOAD(y + c) + a * LOAD(x + c));
	for (; c < n; c++) y[c] += a * x[c];
}

// y += Σ a[k]·x[k], four vectors at a time; while they are read, the next four are
// fetched.
static inline void NAME(axpy4)(float *restrict y, const float *a, const float *const *x, const float *const *next, int64_t n) {
	const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
	int64_t c = 0;
	for (; c + SUMS <= n; c += SUMS) {
		AHEAD(next[0] + c), AHEAD(next[1] + c), AHEAD(next[2] + c), AHEAD(next[3] + c);
		for (int p = 0; p < SUMS; p += LANES) {
			V s = LOAD(y + c + p);
			s += a[0] * LOAD(x0 + c + p);
			s += a[1] * LOAD(x1 + c + p);
			s += a[2] * LOAD(x2 + c + p);
			s += a[3] * LOAD(x3 + c + p);
			STORE(y + c + p, s);
		}
	}
	for (; c < n; c++) {
		y[c] += a[0] * x0[c];
		y[c] += a[1] * x1[c];
		y[c] += a[2] * x2[c];
		y[c] += a[3] * x3[c];
	}
}

static inline float NAME(dot)(const float *x, const float *y, int64_t n) {
	V s[PARTS] = {};
	int64_t c = 0;
	for (; c + SUMS <= n; c += SUMS)
		for (int p = 0; p < PARTS; p++) s[p] += LOAD(x + c + p * LANES) * LOAD(y + c + p * LANES);
	float t = NAME(total)(s);
	for (; c < n; c++) t += x[c] * y[c];
	return t;
}

// The inner products of x with four vectors.
static inline void NAME(dot4)(float *t, const float *x, const float *const *y, const float *const *next, int64_t n) {
	const float *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
	V s0[PARTS] = {}, s1[PARTS] = {}, s2[PARTS] = {}, s3[PARTS] = {};
	int64_t c = 0;
	for (; c + SUMS <= n; c += SUMS) {
		AHEAD(next[0] + c), AHEAD(next[1] + c), AHEAD(next[2] + c), AHEAD(next[3] + c);
		for (int p = 0; p < PARTS; p++) {
			V v = LOAD(x + c + p * LANES);
			s0[p] += v * LOAD(y0 + c + p * LANES);
			s1[p] += v * LOAD(y1 + c + p * LANES);
			s2[p] += v * LOAD(y2 + c + p * LANES);
			s3[p] += v * LOAD(y3 + c + p * LANES);
		}
	}
	t[0] = NAME(total)(s0), t[1] = NAME(total)(s1), t[2] = NAME(total)(s2), t[3] = NAME(total)(s3);
	for (; c < n; c++) {
		t[0] += x[c] * y0[c];
		t[1] += x[c] * y1[c];
		t[2] += x[c] * y2[c];
		t[3] += x[c] * y3[c];
	}
}

// y += Σ_q a[q]·w[idx[q]] over n rows of w, (…, d).
static void NAME(gather)(float *restrict y, const float *a, const int32_t *idx, int64_t n, const float *w, int64_t d) {
	const float *x[4], *next[4];
	int64_t q = 0;
	for (; q + 4 <= n; q += 4) {
		for (int k = 0; k < 4; k++) {
			x[k] = w + idx[q + k] * d;
			next[k] = w + idx[q + 4 + k < n ? q + 4 + k : n - 1] * d;
		}
		NAME(axpy4)(y, a + q, x, next, d);
	}
	for (; q < n; q++) NAME(axpy)(y, a[q], w + idx[q] * d, d);
}

// out[q] = x · w[idx[q]] over n rows of w, (…, d).
static void NAME(dots)(float *restrict out, const float *x, const int32_t *idx, int64_t n, const float *w, int64_t d) {
	const float *y[4], *next[4];
	int64_t q = 0;
	for (; q + 4 <= n; q += 4) {
		for (int k = 0; k < 4; k++) {
			y[k] = w + idx[q + k] * d;
			next[k] = w + idx[q + 4 + k < n ? q + 4 + k : n - 1] * d;
		}
		NAME(dot4)(out + q, x, y, next, d);
	}
	for (; q < n; q++) out[q] = NAME(dot)(x, w + idx[q] * d, d);
}

// As gather, for rows of y (n, d) whose entries are [ptr[i], ptr[i+1]), ascending in
// idx; a is by entry. Where rows have many entries, block rows of w at a time serve all
// of them: those stay near. at (n) is memory.
static void NAME(gather_blocks)(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at) {
	for (int64_t i = 0; i < n; i++) at[i] = ptr[i];
	for (int64_t end = block; end < rows + block; end += block)
		for (int64_t i = 0; i < n; i++) {
			int32_t from = at[i], q = from;
			while (q < ptr[i + 1] && idx[q] < end) q++;
			at[i] = q;
			NAME(gather)(y + i * d, a + from, idx + from, q - from, w, d);
		}
}

// As dots, in the same way.
static void NAME(dots_blocks)(float *out, const float *x, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at) {
	for (int64_t i = 0; i < n; i++) at[i] = ptr[i];
	for (int64_t end = block; end < rows + block; end += block)
		for (int64_t i = 0; i < n; i++) {
			int32_t from = at[i], q = from;
			while (q < ptr[i + 1] && idx[q] < end) q++;
			at[i] = q;
			NAME(dots)(out + from, x + i * d, idx + from, q - from, w, d);
		}
}

// panel (n, SUMS) = columns of x (n, d), which begins with the first of them.
static void NAME(take_columns)(float *restrict panel, const float *x, int64_t n, int64_t d) {
	for (int64_t i = 0; i < n; i++)
		for (int p = 0; p < SUMS; p += LANES) STORE(panel + i * SUMS + p, LOAD(x + i * d + p));
}

// Columns of what gather adds to the rows of y (n, d), which begins with the first of
// them; those of w are in a panel, which stays near. The entries of row i are
// [ptr[i], ptr[i+1]) of a and idx. Unless kept, y is set.
static void NAME(gather_columns)(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, int64_t d, const float *restrict panel, int keep) {
	for (int64_t i = 0; i < n; i++) {
		V s[4][PARTS] = {};
		int64_t q = ptr[i], end = ptr[i + 1];
		for (; q + 4 <= end; q += 4)
#pragma GCC unroll 4
			for (int k = 0; k < 4; k++)
#pragma GCC unroll 4
				for (int p = 0; p < PARTS; p++) s[k][p] += a[q + k] * LOAD(panel + idx[q + k] * (int64_t)SUMS + p * LANES);
		for (; q < end; q++)
			for (int p = 0; p < PARTS; p++) s[0][p] += a[q] * LOAD(panel + idx[q] * (int64_t)SUMS + p * LANES);
		for (int p = 0; p < PARTS; p++) {
			V t = (s[0][p] + s[1][p]) + (s[2][p] + s[3][p]);
			float *to = y + i * d + p * LANES;
			if (keep) t += LOAD(to);
			STORE(to, t);
		}
	}
}

// Appends to idx and val what of h is above the floor, or NaN; returns how many.
static int64_t NAME(above)(int32_t *restrict idx, float *restrict val, const float *h, float floor, int64_t n) {
	V limit = floor - (V){};
	int64_t m = 0, c = 0;
	for (; c + LANES <= n; c += LANES)
		for (unsigned bits = NAME(beyond)(LOAD(h + c), limit); bits; bits &= bits - 1) {
			int64_t j = c + __builtin_ctz(bits);
			idx[m] = (int32_t)j, val[m++] = h[j];
		}
	for (; c < n; c++)
		if (!(h[c] <= floor)) idx[m] = (int32_t)c, val[m++] = h[c];
	return m;
}

// As above, with a floor for each value: limit[j], or least where that is more.
static int64_t NAME(above_each)(int32_t *restrict idx, float *restrict val, const float *h, const float *limit, float least, int64_t n) {
	V most = least - (V){};
	int64_t m = 0, c = 0;
	for (; c + LANES <= n; c += LANES) {
		V v = LOAD(h + c);
		for (unsigned bits = NAME(beyond)(v, LOAD(limit + c)) & NAME(beyond)(v, most); bits; bits &= bits - 1) {
			int64_t j = c + __builtin_ctz(bits);
			idx[m] = (int32_t)j, val[m++] = h[j];
		}
	}
	for (; c < n; c++)
		if (!(h[c] <= limit[c]) && !(h[c] <= least)) idx[m] = (int32_t)c, val[m++] = h[c];
	return m;
}

// h = (h + b) ⊙ scale; scale may be absent.
static void NAME(shift)(float *restrict h, const float *b, const float *scale, int64_t n) {
	int64_t c = 0;
	if (!scale) {
		for (; c + LANES <= n; c += LANES) STORE(h + c, LOAD(h + c) + LOAD(b + c));
		for (; c < n; c++) h[c] += b[c];
		return;
	}
	for (; c + LANES <= n; c += LANES) STORE(h + c, (LOAD(h + c) + LOAD(b + c)) * LOAD(scale + c));
	for (; c < n; c++) h[c] = (h[c] + b[c]) * scale[c];
}

// out = f·(a − b)
static void NAME(difference)(float *out, const float *a, const float *b, float f, int64_t n) {
	int64_t c = 0;
	for (; c + LANES <= n; c += LANES) STORE(out + c, f * (LOAD(a + c) - LOAD(b + c)));
	for (; c < n; c++) out[c] = f * (a[c] - b[c]);
}

// out = f·x
static void NAME(scale)(float *out, const float *x, float f, int64_t n) {
	int64_t c = 0;
	for (; c + LANES <= n; c += LANES) STORE(out + c, f * LOAD(x + c));
	for (; c < n; c++) out[c] = f * x[c];
}

static double NAME(squares)(const float *x, int64_t n) {
	D s[2 * PARTS] = {};
	int64_t c = 0;
	for (; c + SUMS <= n; c += SUMS)
		for (int p = 0; p < 2 * PARTS; p++) {
			D v = WIDE(x + c + p * (LANES / 2));
			s[p] += v * v;
		}
	double t = NAME(wide_total)(s);
	for (; c < n; c++) t += (double)x[c] * x[c];
	return t;
}

// Σ (a − b)²
static double NAME(squared_error)(const float *a, const float *b, int64_t n) {
	D s[2 * PARTS] = {};
	int64_t c = 0;
	for (; c + SUMS <= n; c += SUMS)
		for (int p = 0; p < 2 * PARTS; p++) {
			H e = *(const H *)(a + c + p * (LANES / 2)) - *(const H *)(b + c + p * (LANES / 2));
			D v = __builtin_convertvector(e, D);
			s[p] += v * v;
		}
	double t = NAME(wide_total)(s);
	for (; c < n; c++) {
		double e = a[c] - b[c];
		t += e * e;
	}
	return t;
}

// s += f·x, in float64.
static void NAME(accumulate)(double *restrict s, double f, const float *x, int64_t n) {
	int64_t c = 0;
	for (; c + LANES / 2 <= n; c += LANES / 2) *(D *)(s + c) += f * WIDE(x + c);
	for (; c < n; c++) s[c] += f * x[c];
}

// One step of Adam; see Adam in the Go file.
static void NAME(adam)(float *restrict p, const float *g, float *restrict m, float *restrict v, const float *numbers, int64_t n) {
	float clip = numbers[0], b1 = numbers[1], b2 = numbers[2], c2 = numbers[3], lr = numbers[4], root = numbers[5], eps = numbers[6];
	int64_t c = 0;
	for (; c + LANES <= n; c += LANES) {
		V gk = clip * LOAD(g + c);
		V mk = LOAD(m + c) + b1 * (gk - LOAD(m + c));
		V vk = b2 * LOAD(v + c) + c2 * gk * gk;
		STORE(m + c, mk), STORE(v + c, vk);
		STORE(p + c, LOAD(p + c) - lr * mk / (NAME(root)(vk) / root + eps));
	}
	for (; c < n; c++) {
		float gk = clip * g[c];
		float mk = m[c] + b1 * (gk - m[c]);
		float vk = b2 * v[c] + c2 * gk * gk;
		m[c] = mk, v[c] = vk;
		p[c] -= lr * mk / (NAME(root)(vk - (V){})[0] / root + eps);
	}
}

