// All kernels and the types of their arguments, which kernels.c compares with the sources.

#define KERNELS(K) \
	KERNELS_ENCODE(K) \
	KERNELS_VECTORS(K)

#define KERNELS_ENCODE(K) \
	K(encode_ptr, int *, const int *, int) \
	K(encode_batch_tally, const float *, const float *, const float *, int, int, int, int, const struct encode_search *, unsigned *) \
	K(encode_batch_choose, struct encode_search *, unsigned *, int, int, int) \
	K(encode_batch_share, const struct encode_search *, const int *, const int *, int, unsigned *, unsigned *, int *) \
	K(encode_top, const float *, const float *, const float *, const float *, float, float, int, int, int, unsigned *, unsigned *, int *) \
	K(encode_count, const float *, const float *, const float *, const float *, float, float, int, int, const unsigned *, int *, int *) \
	K(encode_fill, const float *, const float *, const float *, const float *, float, float, int, int, const unsigned *, const unsigned *, const int *, int *, float *) \
	K(encode_gather_rows, float *, const float *, const int *, int) \
	K(encode_gather, float *, const float *, const int *, int) \
	K(encode_rename, int *, const int *, int) \
	K(encode_least, const float *, int, unsigned *) \
	K(encode_least_all, const unsigned *, int, float *)

#define KERNELS_VECTORS(K) \
	K(center, float *, const float *, const float *, int, int) \
	K(difference, float *, const float *, const float *, float, int) \
	K(scale, float *, const float *, float, int)
