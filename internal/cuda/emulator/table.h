// All kernels and the types of their arguments, which kernels.c compares with the sources.

#define KERNELS(K) \
	KERNELS_VECTORS(K)

#define KERNELS_VECTORS(K) \
	K(center, float *, const float *, const float *, int, int) \
	K(difference, float *, const float *, const float *, float, int) \
	K(scale, float *, const float *, float, int)
