// The functions of one set of instructions; kernels.h and encode.h say what they do.

#include <stdint.h>
#include <string.h>

struct table {
	void (*gather)(float *y, const float *a, const int32_t *idx, int64_t n, const float *w, int64_t d);
	void (*dots)(float *out, const float *x, const int32_t *idx, int64_t n, const float *w, int64_t d);
	void (*gather_blocks)(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at);
	void (*dots_blocks)(float *out, const float *x, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at);
	void (*take_columns)(float *panel, const float *x, int64_t n, int64_t d);
	void (*gather_columns)(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, int64_t d, const float *panel, int keep);
	int64_t (*above)(int32_t *idx, float *val, const float *h, float floor, int64_t n);
	int64_t (*above_each)(int32_t *idx, float *val, const float *h, const float *limit, float least, int64_t n);
	void (*shift)(float *h, const float *b, const float *scale, int64_t n);
	void (*difference)(float *out, const float *a, const float *b, float f, int64_t n);
	void (*scale)(float *out, const float *x, float f, int64_t n);
	double (*squares)(const float *x, int64_t n);
	double (*squared_error)(const float *a, const float *b, int64_t n);
	void (*accumulate)(double *s, double f, const float *x, int64_t n);
	void (*adam)(float *p, const float *g, float *m, float *v, const float *numbers, int64_t n);
	void (*pack)(float *panels, const float *w, int64_t n, int64_t d);
	int64_t (*encode)(const float *x, int64_t n, int64_t d, const float *panels, int64_t latents, int64_t from,
		const float *b, const float *scale, const float *limit, int magnitude, const float *floors,
		float *rows, int32_t *count, int32_t *idx, float *val, int64_t room);
	int rows, cols; // of a block of encode
};

extern const struct table table_base;
#if defined(__x86_64__)
extern const struct table table_avx2, table_avx512;
#endif
